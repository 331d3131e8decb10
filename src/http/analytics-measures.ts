import { z } from 'zod';
import { moneyField, ratioField } from './analytics-fields.ts';

/** The way from visit to sale in both funnels. */
export const funnelMeasures = {
  clicks: z.int().describe('Ad clicks on the pools’ links, without bots.'),
  sessions: z.int().describe('Sessions on the sites, without bots.'),
  visits: z.int().describe('Clicks and sessions.'),
  starts: z.int().describe('People who opened a bot for the first time.'),
  leads: z.int().describe('Leads of the sites.'),
  checkouts: z.int().describe('Charges made in the bots.'),
  sales: z.int().describe('Payments in the bots, counted on the day they were paid.'),
  refunds: z.int().describe('How many of those sales were refunded, whenever that was.'),
  offline_sales: z.int().describe('Leads won and not lost again, on the day they were first won.'),
  conversions: z.int().describe('Sales less refunds, and offline sales.'),
  conversion_rate: ratioField.describe('Conversions by visits.'),
  lead_rate: ratioField.describe('Leads by sessions.'),
  revenue: moneyField.describe('Of both funnels, less what was refunded. Decimal string.'),
  telegram_revenue: moneyField.describe('Of the bots, less what was refunded.'),
  offline_revenue: moneyField.describe('Of leads won.'),
  refunded: moneyField,
  mean_value: moneyField.nullable().describe('Revenue by conversions.'),
};

/** What a campaign cost and what that came to. */
export const campaignMeasures = {
  ...funnelMeasures,
  impressions: z.int().nullable(),
  ad_clicks: z.int().nullable().describe('As the platform counts them.'),
  cost: moneyField.nullable().describe('Null where the question is about a pool or a site.'),
  roi: ratioField.describe('(Revenue - cost) by cost: 1 = the money came back twice.'),
  roas: ratioField.describe('Revenue by cost.'),
  cost_per_lead: moneyField.nullable(),
  cost_per_conversion: moneyField.nullable(),
  mean_lead_score: z.number().nullable(),
  mean_time_to_conversion: z
    .number()
    .nullable()
    .describe('Seconds from the session’s start to the lead, and from the click to the payment.'),
};

/** What visitors do. */
export const visitorMeasures = {
  sessions: z.int(),
  new_visitors: z.int().describe('Sessions of visitors who had none before.'),
  returning_visitors: z.int(),
  page_views: z.int(),
  pages_per_session: z.number().nullable(),
  bounce_rate: ratioField.describe('Sessions with one page and no event, by sessions.'),
  converted_sessions: z.int(),
  session_conversion_rate: ratioField,
  mean_session_seconds: z.number().nullable(),
  events: z.int().describe('Events of the sites; with the bots’ clicks, starts, checkouts and purchases.'),
};

/** What became of leads. */
export const offlineMeasures = {
  leads: z.int().describe('That came in these days; in the bots, people.'),
  duplicates: z.int().describe('Of those: the same e-mail or phone came before.'),
  qualified: z.int().describe('That reached qualified or more.'),
  lost: z.int().describe('Whose newest stage is lost.'),
  won: z.int().describe('That became a sale, whenever that was.'),
  sales: z.int(),
  lead_to_sale_rate: ratioField.describe('Won by leads.'),
  qualification_rate: ratioField.describe('Qualified by leads.'),
  mean_sales_cycle_seconds: z.number().nullable().describe('Seconds from the lead to its sale.'),
  revenue: moneyField,
  mean_value: moneyField.nullable().describe('Revenue by sales.'),
};
