import { z } from 'zod';
import type { Answer } from '../reports/analytics/answer.ts';
import type { Dimension, Filters } from '../reports/analytics/sum-view.ts';
import { timeField } from './fields.ts';

const NONE = '(none)';
const DEFAULT_ROWS = 1_000;
const MOST_ROWS = 10_000;

/** Query fields of every analytics answer. */
export const rangeQuery = {
  from: z.string().optional().describe('First day, `YYYY-MM-DD`; 30 days up to `to` if absent.'),
  to: z.string().optional().describe('Last day, included; today if absent.'),
  timezone: z
    .string()
    .optional()
    .describe('IANA name of the zone whose days are meant; the workspace’s if absent.'),
};

/** Query field for the number of rows. */
export const rowLimit = z.coerce.number().int().min(1).max(MOST_ROWS).default(DEFAULT_ROWS);

/** A list of dimensions, separated by commas, each at most once. */
export function groupByField<const Name extends Dimension>(names: readonly Name[], absent: readonly Name[]) {
  const known: ReadonlySet<string> = new Set(names);
  const isKnown = (name: string): name is Name => known.has(name);
  return z
    .string()
    .optional()
    .transform((text, context): readonly Name[] => {
      if (text === undefined) return absent;
      const wanted = text.split(',').map((name) => name.trim());
      const found = wanted.filter(isKnown);
      if (found.length === wanted.length && new Set(found).size === found.length) return found;
      context.addIssue({
        code: 'custom',
        message: `must be some of ${names.join(', ')}, separated by commas`,
      });
      return z.NEVER;
    })
    .meta({
      type: 'string',
      description: `Some of ${names.map((name) => `\`${name}\``).join(', ')}, separated by commas; \`${absent.join(',')}\` if absent.`,
    });
}

/** A filter by text; `(none)` takes the rows that have no value. */
export const textFilter = z.string().max(500).optional().describe(`\`${NONE}\` takes the rows without one.`);

/** A filter by id; `(none)` takes the rows that have no value. */
export const idFilter = z.union([z.guid(), z.literal(NONE)]).optional();

/** A filter by funnel. */
export const funnelFilter = z.enum(['telegram', 'site']).optional();

/** What a query said of the dimensions; `(none)` becomes null. */
export function readFilters(query: { readonly [name in Dimension]?: string | undefined }): Filters {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, value === NONE ? null : (value ?? null)]));
}

/** A share (0 to 1) or a multiple. */
export const ratioField = z.number().nullable();

/** An amount of the workspace's currency as a decimal string. */
export const moneyField = z.string();

/** The fields by which rows are told apart: those of `group_by` are there. */
export const groupFields = {
  day: z.string().optional().describe('`YYYY-MM-DD` in the zone of the question.'),
  hour: z.int().optional().describe('Of the day, 0 to 23, in the zone of the question.'),
  funnel: z.string().optional().describe('`telegram` or `site`.'),
  source: z.string().nullable().optional().describe('`utm_source`; null without one.'),
  campaign: z.string().nullable().optional().describe('`utm_campaign`, else `utm_id`; null without either.'),
  channel: z.string().optional().describe('Worked out of medium, source and click ids: `paid_social` …'),
  pool_id: z.string().nullable().optional(),
  domain_id: z.string().nullable().optional(),
  country: z.string().nullable().optional().describe('ISO 3166-1 alpha-2; null where it is not known.'),
  event_type: z.string().nullable().optional().describe('Null for the sessions themselves.'),
};

/** Fields that every answer ends with. */
export const metaFields = {
  from: z.string(),
  to: z.string(),
  timezone: z.string(),
  currency: z.string().describe('Of all money in the answer, ISO 4217.'),
  refreshed_at: timeField.nullable().describe('When the numbers were last made; RFC 3339, UTC.'),
  checked_at: timeField.nullable().describe('When they were last found to be up to date; RFC 3339, UTC.'),
  unconverted: z
    .array(z.object({ currency: z.string(), amounts: z.record(z.string(), z.string()) }))
    .describe('Money in no sum, because no rate of its currency is known: see `currency-rates`.'),
};

/** Schema of an answer with rows. */
export function rowsSchema<Shape extends z.ZodRawShape>(measures: Shape) {
  return z.object({
    data: z.array(z.object({ ...groupFields, ...measures })),
    totals: z.object(measures).describe('Of the whole range; ratios are ratios of these sums.'),
    is_truncated: z.boolean().describe('There are more rows than `limit`; the totals hold them all.'),
    ...metaFields,
  });
}

/** The ending of an answer. */
export function buildMeta(
  asked: { readonly range: { from: string; to: string; timezone: string }; readonly currency: string },
  { refreshedAt, checkedAt, unconverted }: Pick<Answer<unknown>, 'refreshedAt' | 'checkedAt' | 'unconverted'>,
) {
  const { from, to, timezone } = asked.range;
  return {
    from,
    to,
    timezone,
    currency: asked.currency,
    refreshed_at: refreshedAt?.toISOString() ?? null,
    checked_at: checkedAt?.toISOString() ?? null,
    unconverted: unconverted.map(({ currency, amounts }) => ({ currency, amounts: { ...amounts } })),
  };
}
