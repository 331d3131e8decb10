import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { SegmentField, Test } from './field.ts';
import type { Condition, Operator } from './filter.ts';
import { buildDaysAgo, buildStart, type Calendar, isDay } from './moments.ts';

/** Operators that say the opposite of another: people of whom nothing is known are among those that they find. */
const OPPOSITES: Partial<Record<Operator, Operator>> = {
  is_not: 'is',
  not_in: 'in',
  not_contains: 'contains',
  not_in_last_days: 'in_last_days',
  is_not_set: 'is_set',
};

/** One condition as SQL; every value goes as a parameter. */
export function compileCondition(
  condition: Condition,
  field: SegmentField,
  calendar: Calendar,
): Expression<SqlBool> {
  const opposite = OPPOSITES[condition.op];
  if (opposite !== undefined) {
    return negate(field.where(buildTest({ ...condition, op: opposite }, field, calendar)));
  }
  return field.where(buildTest(condition, field, calendar));
}

/** True where the condition is not: also where it is unknown. */
export const negate = (condition: Expression<SqlBool>): Expression<SqlBool> =>
  sql<boolean>`not coalesce(${condition}, false)`;

const SIGNS: Partial<Record<Operator, RawBuilder<unknown>>> = {
  is: sql`=`,
  at_least: sql`>=`,
  at_most: sql`<=`,
  more_than: sql`>`,
  less_than: sql`<`,
};

function buildTest(condition: Condition, field: SegmentField, calendar: Calendar): Test {
  const { op, value } = condition;
  if (op === 'is_set') return (left) => sql<boolean>`${left} is not null`;
  switch (field.type) {
    case 'flag':
      return (left) => (value === true ? sql<boolean>`${left}` : sql<boolean>`not ${left}`);
    case 'number':
    case 'money':
      return buildSizeTest(condition, field.type === 'money' ? sql`numeric` : sql`int`);
    case 'time':
      return buildTimeTest(condition, calendar);
    case 'id':
      return buildTextTest(condition, { type: sql`uuid`, isFolded: false });
    case 'text':
    case 'choice':
      return buildTextTest(condition, { type: sql`text`, isFolded: field.isFolded === true });
  }
}

function buildSizeTest({ op, value }: Condition, type: RawBuilder<unknown>): Test {
  if (op === 'between') {
    const [low, high] = readPair(value);
    return (left) => sql<boolean>`${left} between ${low}::${type} and ${high}::${type}`;
  }
  const sign = SIGNS[op] ?? unexpected(op);
  return (left) => sql<boolean>`${left} ${sign} ${value}::${type}`;
}

function buildTextTest(
  { op, value }: Condition,
  { type, isFolded }: { readonly type: RawBuilder<unknown>; readonly isFolded: boolean },
): Test {
  if (op === 'contains') return (left) => sql<boolean>`${left} ilike ${`%${escapeLike(String(value))}%`}`;
  if (op === 'starts_with') return (left) => sql<boolean>`${left} ilike ${`${escapeLike(String(value))}%`}`;
  const values = Array.isArray(value) ? value.map(String) : [String(value)];
  if (isFolded) {
    const folded = values.map((one) => one.toLowerCase());
    return (left) => sql<boolean>`lower(${left}) = any(${folded}::text[])`;
  }
  if (values.length === 1) return (left) => sql<boolean>`${left} = ${values[0]}::${type}`;
  return (left) => sql<boolean>`${left} = any(${values}::${type}[])`;
}

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

function buildTimeTest({ op, value }: Condition, calendar: Calendar): Test {
  if (op === 'in_last_days') {
    const start = buildDaysAgo(Number(value), calendar);
    return (left) => sql<boolean>`${left} >= ${start}`;
  }
  const [from, to] = op === 'between' ? readPair(value).map(String) : [String(value), String(value)];
  const start = buildStart(from ?? '', calendar);
  if (op === 'on_or_after') return (left) => sql<boolean>`${left} >= ${start}`;
  if (op === 'before') return (left) => sql<boolean>`${left} < ${start}`;
  if (op !== 'on' && op !== 'between') return unexpected(op);
  const end = buildStart(to ?? '', calendar, 1);
  if (!isDay(to ?? '')) return (left) => sql<boolean>`${left} >= ${start} and ${left} <= ${end}`;
  return (left) => sql<boolean>`(${left} >= ${start} and ${left} < ${end})`;
}

function readPair(value: Condition['value']): readonly [string | number, string | number] {
  const [low, high] = Array.isArray(value) ? value : [];
  if (low === undefined || high === undefined) throw new TypeError('a pair passed the schema and is none');
  return [low, high];
}

/** The schema lets only a field's own operators through. */
function unexpected(op: Operator): never {
  throw new TypeError(`the operator ${op} does not fit its field`);
}
