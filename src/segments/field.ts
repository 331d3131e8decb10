import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';

/** A text in both languages of the screens. */
export interface Label {
  readonly en: string;
  readonly pt: string;
}

/** What the values of a field are. */
export type FieldType = 'text' | 'choice' | 'id' | 'flag' | 'number' | 'money' | 'time';

/** The headings under which a screen sorts the fields. */
export type FieldGroup =
  | 'place'
  | 'device'
  | 'origin'
  | 'quality'
  | 'purchase'
  | 'stage'
  | 'consent'
  | 'activity';

/** One of the values that a field may have. */
export interface Choice {
  readonly value: string;
  readonly label: Label;
}

/** Compares one value of the field. */
export type Test = (value: RawBuilder<unknown>) => Expression<SqlBool>;

/** A field that people can be filtered by. The member's row is `m` in its SQL. */
export interface SegmentField {
  readonly name: string;
  readonly type: FieldType;
  readonly group: FieldGroup;
  readonly label: Label;
  /** All values of a `choice`. */
  readonly choices?: readonly Choice[];
  /** Texts that must have this form, and what is said of those that have not. */
  readonly form?: { readonly pattern: RegExp; readonly message: string };
  /** `is` and `in` compare in any case. */
  readonly isFolded?: boolean;
  /** It always has a value: `is_set` would say nothing. */
  readonly isAlwaysSet?: boolean;
  /** The test applied to the field, or to any of its values where it may have several. */
  readonly where: (test: Test) => Expression<SqlBool>;
}

/** What is told of a field besides its name, type and place. */
export type FieldRest = Omit<SegmentField, 'name' | 'type' | 'group' | 'label' | 'where'>;

/** A field whose value is one expression over the member's row. */
export const expressionOf =
  (value: RawBuilder<unknown>): SegmentField['where'] =>
  (test) =>
    test(value);

/** A field that is a column of the member's own table. */
export const columnOf = (column: string): SegmentField['where'] => expressionOf(sql.ref(`m.${column}`));

/** Makes an entry of a catalogue. */
export function field(
  start: Pick<SegmentField, 'name' | 'type' | 'group'>,
  labels: readonly [en: string, pt: string],
  where: SegmentField['where'],
  rest: FieldRest = {},
): SegmentField {
  const [en, pt] = labels;
  return { ...start, label: { en, pt }, where, ...rest };
}

/** A list of choices from `value: [English, Portuguese]`. */
export const choices = (labels: Readonly<Record<string, readonly [string, string]>>): readonly Choice[] =>
  Object.entries(labels).map(([value, [en, pt]]) => ({ value, label: { en, pt } }));
