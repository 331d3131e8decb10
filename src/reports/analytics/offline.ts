import type { Kysely } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import { type Answer, answer, type Question } from './answer.ts';
import { share } from './measures.ts';
import { mean, ratio, readCents } from './ratio.ts';
import type { Sums } from './sum-view.ts';

/** What became of the leads that came in these days, whenever they were won. */
export interface OfflineMeasures {
  readonly leads: number;
  readonly duplicates: number;
  readonly qualified: number;
  readonly lost: number;
  readonly won: number;
  readonly sales: number;
  readonly lead_to_sale_rate: number | null;
  readonly qualification_rate: number | null;
  readonly mean_sales_cycle_seconds: number | null;
  readonly revenue: string;
  readonly mean_value: string | null;
}

/** Lead-to-sale rate, sales cycle and value by source, channel, campaign … */
export function findOffline(db: Kysely<Database>, question: Question): Promise<Answer<OfflineMeasures>> {
  return answer(db, question, {
    view: 'offline_conversion_metrics',
    counts: ['leads', 'duplicates', 'qualified', 'lost', 'won', 'sales', 'cycle_seconds'],
    money: ['revenue'],
    orderBy: { add: ['leads'] },
    build: buildOffline,
  });
}

function buildOffline({ counts, money }: Sums): OfflineMeasures {
  const count = (name: string) => counts[name] ?? 0;
  const leads = count('leads');
  const won = count('won');
  return {
    leads,
    duplicates: count('duplicates'),
    qualified: count('qualified'),
    lost: count('lost'),
    won,
    sales: count('sales'),
    lead_to_sale_rate: ratio(won, leads),
    qualification_rate: ratio(count('qualified'), leads),
    mean_sales_cycle_seconds: mean(count('cycle_seconds'), won),
    revenue: money.revenue ?? '0.00',
    mean_value: share(readCents(money.revenue ?? '0'), count('sales')),
  };
}
