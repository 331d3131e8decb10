/** Whom a segment is about. */
export const SUBJECTS = ['bot_users', 'leads', 'visitors'] as const;

/** Whom a segment is about. */
export type Subject = (typeof SUBJECTS)[number];

/** How a condition compares its field. */
export type Operator =
  | 'is'
  | 'is_not'
  | 'in'
  | 'not_in'
  | 'contains'
  | 'not_contains'
  | 'starts_with'
  | 'at_least'
  | 'at_most'
  | 'more_than'
  | 'less_than'
  | 'between'
  | 'on'
  | 'on_or_after'
  | 'before'
  | 'in_last_days'
  | 'not_in_last_days'
  | 'is_set'
  | 'is_not_set';

/** What a condition compares with; its form follows from field and operator. */
export type ConditionValue = string | number | boolean | readonly string[] | readonly number[];

/** One field compared. */
export interface Condition {
  readonly field: string;
  readonly op: Operator;
  /** Absent for `is_set` and `is_not_set`. */
  readonly value?: ConditionValue | undefined;
}

/** A checked filter; `{ all: [] }` is everybody, `{ any: [] }` nobody. */
export type SegmentFilter =
  | Condition
  | { readonly all: readonly SegmentFilter[] }
  | { readonly any: readonly SegmentFilter[] }
  | { readonly not: SegmentFilter };

/** How deep groups may be nested; the outermost counts. */
export const MAX_DEPTH = 5;

/** How many conditions a filter may have. */
export const MAX_CONDITIONS = 100;

/** How many values `in` and `not_in` take. */
export const MAX_VALUES = 200;
