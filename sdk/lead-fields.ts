/** A lead's fields by the API's names. */
export type LeadFields = Record<string, unknown>;

const OWN = /^(name|email|phone|company|message|form_location|external_id|extensions|metadata)$/;

// The first that fits a name wins: `company_name` is a company, `sobrenome` is a last name.
const WORDS: readonly (readonly [field: string, words: RegExp])[] = [
  ['email', /e-?mail/],
  ['phone', /phone|fone|\btel|celular|mobile|whats|zap/],
  ['company', /company|empresa|organi/],
  ['message', /message|mensagem|coment|comment/],
  ['last', /last|sobrenome|surname/],
  ['name', /^(?!.*(user|card)).*(name|nome)/],
];

/** The API's name of a form's field: `nome`, `your-name` and `Nome completo` are all `name`; undefined if it is none of ours. */
export function readFieldName(name: string): string | undefined {
  const plain = name.toLowerCase().replace(/_/g, ' ');
  return OWN.test(name) ? name : WORDS.find(([, words]) => words.test(plain))?.[0];
}

/** A lead from named values, whatever the names' language; the first value of a field wins, unknown names are extensions. */
export function buildLead(values: readonly (readonly [name: string, value: unknown])[]): LeadFields {
  const lead: LeadFields = {};
  const extensions: LeadFields = {};
  for (const [name, value] of values) {
    const field = readFieldName(name);
    if (!value) continue;
    if (field) lead[field] ??= value;
    else extensions[name] = value;
  }
  const { last, ...rest } = lead;
  return {
    extensions,
    ...rest,
    ...(last ? { name: rest.name ? `${rest.name} ${last}` : last } : {}),
  };
}
