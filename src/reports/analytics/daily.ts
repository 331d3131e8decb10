import type { Kysely } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import { type Answer, answer, type Question } from './answer.ts';
import { buildFunnel, FUNNEL_COUNTS, FUNNEL_MONEY, type FunnelMeasures, NET_REVENUE } from './measures.ts';

/** Visits, leads and conversions of both funnels by day, hour, source, campaign … */
export function findDaily(db: Kysely<Database>, question: Question): Promise<Answer<FunnelMeasures>> {
  return answer(db, question, {
    view: 'daily_conversions_summary',
    counts: FUNNEL_COUNTS,
    money: FUNNEL_MONEY,
    orderBy: NET_REVENUE,
    build: buildFunnel,
  });
}
