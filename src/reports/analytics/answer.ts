import type { Kysely } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import type { DayRange } from './day-range.ts';
import { type Freshness, findFreshness } from './freshness.ts';
import {
  type AnalyticsView,
  type Dimension,
  type Filters,
  type Rank,
  type Sums,
  sumView,
} from './sum-view.ts';
import { listUnconverted, type Unconverted } from './unconverted.ts';

/** Who asks for which days, and in whose money. */
export interface Asked {
  readonly workspaceId: string;
  readonly currency: string;
  readonly range: DayRange;
}

/** How the rows are told apart and which are taken. */
export interface Question extends Asked {
  readonly groupBy: readonly Dimension[];
  readonly filters: Filters;
  readonly limit: number;
}

/** Groups and their whole, with what is not in them and how old they are. */
export interface Answer<Measures> extends Freshness {
  readonly data: readonly (Sums['group'] & Measures)[];
  readonly totals: Measures;
  /** There are more groups than were asked for; the totals hold all. */
  readonly isTruncated: boolean;
  readonly unconverted: readonly Unconverted[];
}

/** Which view is added up, and what is made of the sums. */
export interface Reading<Measures> {
  readonly view: AnalyticsView;
  readonly counts: readonly string[];
  readonly money: readonly string[];
  readonly orderBy: Rank;
  build(sums: Sums): Measures;
}

/** Asks one view one question. */
export async function answer<Measures>(
  db: Kysely<Database>,
  question: Question,
  reading: Reading<Measures>,
): Promise<Answer<Measures>> {
  const whole = { ...question, ...reading };
  const [sums, unconverted, freshness] = await Promise.all([
    sumView(db, whole),
    reading.money.length > 0 ? listUnconverted(db, whole) : [],
    findFreshness(db, reading.view),
  ]);
  return {
    data: sums.rows.map((row) => ({ ...row.group, ...reading.build(row) })),
    totals: reading.build(sums.total),
    isTruncated: sums.isTruncated,
    unconverted,
    ...freshness,
  };
}
