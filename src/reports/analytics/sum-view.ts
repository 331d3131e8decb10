import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import type { DayRange } from './day-range.ts';

/** The views that the analytics are read from. */
export type AnalyticsView =
  | 'daily_conversions_summary'
  | 'campaign_performance'
  | 'visitor_behavior_summary'
  | 'offline_conversion_metrics';

/** What rows may be told apart by; `day` and `hour` (of the day) are those of the question's zone. */
export type Dimension =
  | 'day'
  | 'hour'
  | 'funnel'
  | 'source'
  | 'campaign'
  | 'channel'
  | 'pool_id'
  | 'domain_id'
  | 'country'
  | 'event_type';

/** What a dimension must be; null = has none. */
export type Filters = { readonly [dimension in Dimension]?: string | null };

/** Sums of a view over days, for each of the groups. */
export interface SumQuestion {
  readonly view: AnalyticsView;
  readonly workspaceId: string;
  /** The workspace's: money of other currencies is not in the sums. */
  readonly currency: string;
  readonly range: DayRange;
  readonly filters: Filters;
  readonly groupBy: readonly Dimension[];
  /** Columns to add up. */
  readonly counts: readonly string[];
  /** Columns to add up in the workspace's currency; none where the view holds no money. */
  readonly money: readonly string[];
  /** Column to put the largest first by, where no time says the order. */
  readonly orderBy: Rank;
  readonly limit: number;
}

/** What a row is about: the dimensions that were asked for. Null = has none, or none that is known. */
export interface GroupKeys {
  readonly day?: string;
  readonly hour?: number;
  readonly funnel?: string;
  readonly source?: string | null;
  readonly campaign?: string | null;
  readonly channel?: string;
  readonly pool_id?: string | null;
  readonly domain_id?: string | null;
  readonly country?: string | null;
  readonly event_type?: string | null;
}

/** Which columns, added up, say which groups come first. */
export interface Rank {
  readonly add: readonly string[];
  readonly subtract?: readonly string[];
}

/** One group, or the whole. */
export interface Sums {
  readonly group: GroupKeys;
  readonly counts: Readonly<Record<string, number>>;
  /** Decimal strings with two places. */
  readonly money: Readonly<Record<string, string>>;
}

/** The groups in order, and the whole range in one. */
export interface SumAnswer {
  readonly rows: readonly Sums[];
  readonly total: Sums;
  readonly isTruncated: boolean;
}

interface Row extends GroupKeys {
  readonly sums: Readonly<Record<string, string | null>>;
  readonly is_total: number;
}

/** Adds up a view. */
export async function sumView(db: Kysely<Database>, question: SumQuestion): Promise<SumAnswer> {
  const { limit } = question;
  const { rows } = await buildQuery(question).execute(db);
  const groups = rows.filter((row) => row.is_total !== 1);
  const total = rows.find((row) => row.is_total === 1)?.sums ?? {};
  return {
    rows: groups.slice(0, limit).map(({ is_total: _, sums, ...group }) => readSums(group, sums, question)),
    total: readSums({}, total, question),
    isTruncated: groups.length > limit,
  };
}

/** One scan for groups and total: the empty grouping set is the whole. */
function buildQuery(question: SumQuestion): RawBuilder<Row> {
  const { view, groupBy, counts, money, limit } = question;
  const keys = groupBy.map((dimension) => keyOf(dimension, question.range));
  const refs = groupBy.map((dimension) => sql.ref(`k.${dimension}`));
  const columns = [...counts, ...money, ...(money.length > 0 ? ['currency'] : [])];
  const isTotal = groupBy.length === 0 ? sql`1` : sql`(grouping(${sql.join(refs)}) <> 0)::int`;
  const sets = groupBy.length === 0 ? sql`` : sql`group by grouping sets ((${sql.join(refs)}), ())`;
  const order = [
    sql`is_total desc`,
    ...groupBy.filter(isTime).map((dimension) => sql.ref(`k.${dimension}`)),
    sql`${buildRank(question)} desc nulls last`,
    ...groupBy.filter((name) => !isTime(name)).map((name) => sql`${sql.ref(`k.${name}`)} nulls first`),
  ];
  const selected = [...refs, sql`${buildSums(question)} as sums`, sql`${isTotal} as is_total`];
  return sql<Row>`
    select ${sql.join(selected)}
    from (select ${sql.join([...keys, ...columns.map((name) => sql.ref(name))])} from ${sql.table(view)}
      where ${buildWhere(question)}) k
    ${sets} order by ${sql.join(order)} limit ${limit + 2}`;
}

/** Amounts of another currency than the question's are in no sum, and so in no rank either. */
function buildRank({ orderBy, money, currency }: SumQuestion): RawBuilder<unknown> {
  const { add, subtract = [] } = orderBy;
  const terms = [
    ...add.map((name) => sql`+ coalesce(${sql.ref(`k.${name}`)}, 0)`),
    ...subtract.map((name) => sql`- coalesce(${sql.ref(`k.${name}`)}, 0)`),
  ];
  const isMoney = add.some((name) => money.includes(name));
  return sql`sum(${sql.join(terms, sql` `)}) ${isMoney ? sql`filter (where k.currency = ${currency})` : sql``}`;
}

/** As texts: a JSON number has no cents of its own. */
function buildSums({ counts, money, currency }: SumQuestion): RawBuilder<unknown> {
  const parts = [
    ...counts.map((name) => sql`${sql.lit(name)}, sum(${sql.ref(`k.${name}`)})::text`),
    ...money.map((name) => {
      const sum = sql`sum(${sql.ref(`k.${name}`)}) filter (where k.currency = ${currency})`;
      return sql`${sql.lit(name)}, round(coalesce(${sum}, 0), 2)::text`;
    }),
  ];
  return sql`json_build_object(${sql.join(parts)})`;
}

const isTime = (dimension: Dimension): boolean => dimension === 'day' || dimension === 'hour';

/** The views hold the days and hours of the workspace's zone; those of another one have to be worked out. */
function keyOf(dimension: Dimension, { timezone, isOwnZone }: DayRange): RawBuilder<unknown> {
  if (isTime(dimension) && !isOwnZone) {
    const local = sql`hour_at at time zone ${timezone}`;
    return dimension === 'day' ? sql`(${local})::date as day` : sql`extract(hour from ${local})::int as hour`;
  }
  return sql.ref(dimension);
}

/** The part of a view that a question is about. */
export function buildWhere({
  workspaceId,
  range,
  filters,
}: Pick<SumQuestion, 'workspaceId' | 'range' | 'filters'>): RawBuilder<unknown> {
  const { from, to, timezone } = range;
  const parts = [
    sql`workspace_id = ${workspaceId}`,
    sql`hour_at >= ${from}::date::timestamp at time zone ${timezone}`,
    sql`hour_at < (${to}::date + 1)::timestamp at time zone ${timezone}`,
  ];
  for (const [dimension, value] of Object.entries(filters)) {
    if (value === undefined) continue;
    const column = sql.ref(dimension);
    parts.push(value === null ? sql`${column} is null` : sql`${column} = ${value}`);
  }
  return sql.join(parts, sql` and `);
}

function readSums(group: GroupKeys, sums: Row['sums'], { counts, money }: SumQuestion): Sums {
  return {
    group,
    counts: Object.fromEntries(counts.map((name) => [name, Number(sums[name] ?? 0)])),
    money: Object.fromEntries(money.map((name) => [name, sums[name] ?? '0.00'])),
  };
}
