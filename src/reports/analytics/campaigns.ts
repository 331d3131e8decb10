import type { Kysely } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import { type Answer, answer, type Question } from './answer.ts';
import {
  buildCampaign,
  CAMPAIGN_COUNTS,
  type CampaignMeasures,
  FUNNEL_COUNTS,
  FUNNEL_MONEY,
  NET_REVENUE,
} from './measures.ts';

/** What each campaign brought and cost: sales of the bots, sales away from the site, ROI and ROAS. */
export function findCampaigns(db: Kysely<Database>, question: Question): Promise<Answer<CampaignMeasures>> {
  const { filters } = question;
  const hasCost = filters.pool_id === undefined && filters.domain_id === undefined;
  return answer(db, question, {
    view: 'campaign_performance',
    counts: [...FUNNEL_COUNTS, ...CAMPAIGN_COUNTS],
    money: [...FUNNEL_MONEY, 'cost'],
    orderBy: NET_REVENUE,
    build: (sums) => buildCampaign(sums, hasCost),
  });
}
