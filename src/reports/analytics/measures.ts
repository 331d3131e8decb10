import { buildDecimal } from '../../domain/money.ts';
import { mean, ratio, readCents } from './ratio.ts';
import type { Rank, Sums } from './sum-view.ts';

/** Columns of `daily_conversions_summary` and, with more beside them, of `campaign_performance`. */
export const FUNNEL_COUNTS = [
  'clicks',
  'starts',
  'checkouts',
  'sales',
  'refunds',
  'sessions',
  'leads',
  'offline_sales',
] as const;

/** Money of the same views. */
export const FUNNEL_MONEY = ['revenue', 'refunded', 'offline_revenue'] as const;

/** What `revenue` of both measures is: sales of the bots less refunds, and sales away from the site. */
export const NET_REVENUE: Rank = { add: ['revenue', 'offline_revenue'], subtract: ['refunded'] };

/** What only `campaign_performance` counts. */
export const CAMPAIGN_COUNTS = [
  'scored_leads',
  'lead_score_sum',
  'timed_conversions',
  'seconds_to_conversion',
  'impressions',
  'ad_clicks',
] as const;

/** The way from visit to sale in both funnels. Money as decimal strings in the workspace's currency. */
export interface FunnelMeasures {
  readonly clicks: number;
  readonly sessions: number;
  readonly visits: number;
  readonly starts: number;
  readonly leads: number;
  readonly checkouts: number;
  readonly sales: number;
  readonly refunds: number;
  readonly offline_sales: number;
  readonly conversions: number;
  readonly conversion_rate: number | null;
  readonly lead_rate: number | null;
  readonly revenue: string;
  readonly telegram_revenue: string;
  readonly offline_revenue: string;
  readonly refunded: string;
  readonly mean_value: string | null;
}

/** What a campaign cost and what that came to. */
export interface CampaignMeasures extends FunnelMeasures {
  readonly impressions: number | null;
  readonly ad_clicks: number | null;
  readonly cost: string | null;
  readonly roi: number | null;
  readonly roas: number | null;
  readonly cost_per_lead: string | null;
  readonly cost_per_conversion: string | null;
  readonly mean_lead_score: number | null;
  readonly mean_time_to_conversion: number | null;
}

/** Works out the funnel's numbers; every ratio is one of sums. */
export function buildFunnel({ counts, money }: Sums): FunnelMeasures {
  const count = (name: (typeof FUNNEL_COUNTS)[number]) => counts[name] ?? 0;
  const cents = (name: (typeof FUNNEL_MONEY)[number]) => readCents(money[name] ?? '0');
  const visits = count('clicks') + count('sessions');
  const conversions = count('sales') - count('refunds') + count('offline_sales');
  const telegram = cents('revenue') - cents('refunded');
  const revenue = telegram + cents('offline_revenue');
  return {
    clicks: count('clicks'),
    sessions: count('sessions'),
    visits,
    starts: count('starts'),
    leads: count('leads'),
    checkouts: count('checkouts'),
    sales: count('sales'),
    refunds: count('refunds'),
    offline_sales: count('offline_sales'),
    conversions,
    conversion_rate: ratio(conversions, visits),
    lead_rate: ratio(count('leads'), count('sessions')),
    revenue: buildDecimal(revenue),
    telegram_revenue: buildDecimal(telegram),
    offline_revenue: buildDecimal(cents('offline_revenue')),
    refunded: buildDecimal(cents('refunded')),
    mean_value: share(revenue, conversions),
  };
}

/**
 * Works out a campaign's numbers. `hasCost` is false where the question is about a pool or a site: nobody knows which
 * part of a campaign's cost those had.
 */
export function buildCampaign(sums: Sums, hasCost: boolean): CampaignMeasures {
  const funnel = buildFunnel(sums);
  const count = (name: (typeof CAMPAIGN_COUNTS)[number]) => sums.counts[name] ?? 0;
  const cost = readCents(sums.money.cost ?? '0');
  const revenue = readCents(funnel.revenue);
  const known = <Value>(value: Value): Value | null => (hasCost ? value : null);
  return {
    ...funnel,
    impressions: known(count('impressions')),
    ad_clicks: known(count('ad_clicks')),
    cost: known(buildDecimal(cost)),
    roi: known(ratio(revenue - cost, cost)),
    roas: known(ratio(revenue, cost)),
    cost_per_lead: known(share(cost, funnel.leads)),
    cost_per_conversion: known(share(cost, funnel.conversions)),
    mean_lead_score: mean(count('lead_score_sum'), count('scored_leads')),
    mean_time_to_conversion: mean(count('seconds_to_conversion'), count('timed_conversions')),
  };
}

/** A part of an amount, rounded to cents. */
export function share(cents: number, among: number): string | null {
  return among > 0 ? buildDecimal(Math.round(cents / among)) : null;
}
