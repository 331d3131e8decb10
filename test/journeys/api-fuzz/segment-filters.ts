/** A field as `GET /segments/fields` describes it. */
interface Field {
  readonly name: string;
  readonly type: string;
  readonly operators: readonly { readonly op: string; readonly value: string }[];
  readonly choices: readonly { readonly value: string }[] | null;
}

/** What `GET /segments/fields` answers, as far as filters need it. */
export interface Catalogue {
  readonly subjects: readonly { readonly subject: string; readonly fields: readonly Field[] }[];
}

const VALUES: Readonly<Record<string, readonly (string | number | boolean)[]>> = {
  text: ["%_\\'; drop table leads;--", '\u202e👨‍👩‍👧‍👦<rastro-xss>', '{"a":1}', 'İ'.repeat(100)],
  country: ['BR', 'ZZ'],
  state: ['SP'],
  id: ['01900000-0000-7000-8000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  flag: [true, false],
  number: [-2_147_483_647, 2_147_483_647, -0],
  money: ['0', '0.1', '0.01', '999999999999.99'],
  time: [
    '1970-01-01',
    '2200-12-31',
    '2024-02-29',
    '2200-12-31T23:59:59.999999999+14:00',
    '1970-01-01T00:00:00-12:00',
  ],
};

/** For every field the group of all its operators, each with a value from the ends of what it takes. */
export function buildFilters({
  subjects,
}: Catalogue): { readonly subject: string; readonly filter: object }[] {
  return subjects.flatMap(({ subject, fields }) =>
    fields.map((field) => ({ subject, filter: { any: buildConditions(field) } })),
  );
}

function buildConditions({ name, type, operators, choices }: Field): object[] {
  const values = choices?.map((choice) => choice.value) ?? VALUES[name] ?? VALUES[type] ?? [];
  const [first = '', second = first] = values;
  return operators.flatMap(({ op, value }): object[] => {
    const condition = { field: name, op };
    if (value === 'none') return [condition];
    if (value === 'days')
      return [
        { ...condition, value: 1 },
        { ...condition, value: 3650 },
      ];
    if (value === 'list') return [{ ...condition, value: values }];
    if (value === 'pair') return [{ ...condition, value: [first, second] }];
    const fitting = op === 'on' ? values.filter((one) => !String(one).includes('T')) : values;
    return fitting.map((one) => ({ ...condition, value: one }));
  });
}
