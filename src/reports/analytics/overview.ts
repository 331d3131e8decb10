import type { Kysely } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import type { Answer, Question } from './answer.ts';
import { findCampaigns } from './campaigns.ts';
import { findPreviousRange } from './day-range.ts';
import type { CampaignMeasures } from './measures.ts';
import { findOffline, type OfflineMeasures } from './offline.ts';

/** One look at everything: this range against the one before, by day, the best sources and campaigns. */
export interface Overview
  extends Pick<Answer<CampaignMeasures>, 'refreshedAt' | 'checkedAt' | 'unconverted'> {
  readonly totals: CampaignMeasures;
  readonly previous: CampaignMeasures;
  readonly byDay: Answer<CampaignMeasures>['data'];
  readonly bySource: Answer<CampaignMeasures>['data'];
  readonly byCampaign: Answer<CampaignMeasures>['data'];
  /** Of the sites; null where the question is about a pool, which has no leads. */
  readonly offline: OfflineMeasures | null;
}

const MOST_DAYS = 1_100;
const BEST = 10;

/** Answers the overview from the campaigns' and the leads' views. */
export async function findOverview(
  db: Kysely<Database>,
  question: Omit<Question, 'groupBy' | 'limit'>,
): Promise<Overview> {
  const { pool_id: pool, ...filters } = question.filters;
  const [byDay, bySource, byCampaign, before, offline] = await Promise.all([
    findCampaigns(db, { ...question, groupBy: ['day'], limit: MOST_DAYS }),
    findCampaigns(db, { ...question, groupBy: ['source'], limit: BEST }),
    findCampaigns(db, { ...question, groupBy: ['campaign'], limit: BEST }),
    findCampaigns(db, { ...question, range: findPreviousRange(question.range), groupBy: [], limit: 1 }),
    pool === undefined
      ? findOffline(db, { ...question, filters: { ...filters, funnel: 'site' }, groupBy: [], limit: 1 })
      : null,
  ]);
  return {
    totals: byDay.totals,
    previous: before.totals,
    byDay: byDay.data,
    bySource: bySource.data,
    byCampaign: byCampaign.data,
    offline: offline?.totals ?? null,
    unconverted: byDay.unconverted,
    refreshedAt: byDay.refreshedAt,
    checkedAt: byDay.checkedAt,
  };
}
