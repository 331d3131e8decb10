import { z } from 'zod';
import { buildDecimal, MAX_CENTS, readDecimal } from '../domain/money.ts';
import { isRate } from '../spend/currency-rates.ts';
import type { SpendImport } from '../spend/import-spend.ts';
import { MOST_COUNT, type SpendRow } from '../spend/spend-row.ts';
import { readWrittenDay } from '../spend/written-day.ts';
import { currencyField } from './fields.ts';

/** A day of the calendar. */
export const dayField = z
  .string()
  .refine((text) => readWrittenDay(text, 'day_first') === text, 'must be a date, like 2026-11-30')
  .describe('`YYYY-MM-DD`.');

/** A platform's name in lower case. */
export const platformField = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be a lower-case word, like meta')
  .describe('`meta`, `google_ads`, `tiktok`, `linkedin`, or any other lower-case word.');

const nameField = z.string().max(400).default('');

/** One row of ad spend as it is given. */
export const spendBody = z.strictObject({
  day: dayField.describe('In the ad account’s own zone.'),
  platform: platformField,
  account_id: nameField,
  campaign_id: nameField.describe(
    'Matched to `utm_id`, or to a `utm_campaign` that is an id or ends in `|id`.',
  ),
  campaign_name: nameField.describe('Matched to `utm_campaign`.'),
  ad_set_name: nameField,
  ad_name: nameField,
  utm_source: z.string().max(400).nullish(),
  utm_campaign: z.string().max(400).nullish().describe('The visits it paid for, if name and id do not tell.'),
  impressions: z.int().min(0).max(MOST_COUNT).default(0),
  clicks: z.int().min(0).max(MOST_COUNT).default(0),
  cost: z
    .string()
    .refine((text) => (readDecimal(text) ?? Infinity) <= MAX_CENTS, 'must be a decimal string, like "19.90"')
    .describe('Decimal string with at most two places.'),
  currency: currencyField.optional().describe('The workspace’s if absent.'),
});

/** One row of ad spend as it is stored. */
export const spendSchema = z
  .object({
    day: z.string(),
    platform: z.string(),
    account_id: z.string(),
    campaign_id: z.string(),
    campaign_name: z.string(),
    ad_set_name: z.string(),
    ad_name: z.string(),
    utm_source: z.string().nullable(),
    utm_campaign: z.string().nullable(),
    impressions: z.int(),
    clicks: z.int(),
    cost: z.string(),
    currency: z.string(),
  })
  .meta({ id: 'AdSpend', description: 'What was paid to a platform on a day; money as a decimal string.' });

/** Reads a row that was given. */
export function readSpend(body: z.infer<typeof spendBody>, workspaceCurrency: string): SpendRow {
  return {
    day: body.day,
    platform: body.platform,
    accountId: body.account_id,
    campaignId: body.campaign_id,
    campaignName: body.campaign_name,
    adSetName: body.ad_set_name,
    adName: body.ad_name,
    utmSource: body.utm_source || null,
    utmCampaign: body.utm_campaign || null,
    impressions: body.impressions,
    clicks: body.clicks,
    costCents: readDecimal(body.cost) ?? 0,
    currency: body.currency ?? workspaceCurrency,
  };
}

/** Writes a row for an answer. */
export const buildSpend = (row: SpendRow): z.infer<typeof spendSchema> => ({
  day: row.day,
  platform: row.platform,
  account_id: row.accountId,
  campaign_id: row.campaignId,
  campaign_name: row.campaignName,
  ad_set_name: row.adSetName,
  ad_name: row.adName,
  utm_source: row.utmSource,
  utm_campaign: row.utmCampaign,
  impressions: row.impressions,
  clicks: row.clicks,
  cost: buildDecimal(row.costCents),
  currency: row.currency,
});

/** What became of a file. */
export const spendImportSchema = z
  .object({
    rows: z.int().describe('Rows saved, or that would be; breakdowns that are not kept are added up.'),
    platforms: z.array(z.string()),
    from: z.string().nullable(),
    to: z.string().nullable(),
    costs: z.array(z.object({ currency: z.string(), cost: z.string() })),
    totals_skipped: z.int().describe('Rows of totals, left out.'),
    rejected: z.array(z.object({ line: z.int().describe('Counted from 1.'), reason: z.string() })),
    dry_run: z.boolean(),
  })
  .meta({ id: 'AdSpendImport' });

/** Writes an import's report for an answer. */
export const buildSpendImport = (
  report: SpendImport,
  isDryRun: boolean,
): z.infer<typeof spendImportSchema> => ({
  rows: report.rows,
  platforms: [...report.platforms],
  from: report.from,
  to: report.to,
  costs: report.costs.map(({ currency, cents }) => ({ currency, cost: buildDecimal(cents) })),
  totals_skipped: report.totals,
  rejected: report.rejected.map(({ line, reason }) => ({ line, reason })),
  dry_run: isDryRun,
});

/** One rate. */
export const rateSchema = z
  .object({
    day: dayField.describe('From this day on, until the next rate.'),
    currency: currencyField,
    base: currencyField.describe(
      'In which one unit of `currency` was worth `rate`: the workspace’s currency.',
    ),
    rate: z.string().refine(isRate, 'must be a decimal string above zero, like "5.43"'),
  })
  .meta({ id: 'CurrencyRate' });
