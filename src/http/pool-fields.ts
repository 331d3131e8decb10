import { z } from 'zod';
import { healthFields } from './destination-health.ts';
import { httpsUrlField, textField, timeField } from './fields.ts';

const MAX_BOTS = 200;

const poolBotField = z.strictObject({
  bot_id: z.string(),
  weight: z
    .int()
    .min(0)
    .max(10_000)
    .default(1)
    .describe('Share of the clicks under `weighted`; 0 gets none.'),
  is_enabled: z.boolean().default(true),
});

const gateField = z
  .strictObject({
    link_key: z.string().min(1).max(200).nullable().describe('What `grim` must be; null asks for none.'),
    allowed_countries: z
      .array(z.string().regex(/^[A-Z]{2}$/, 'must be ISO 3166-1 alpha-2, like BR'))
      .max(250)
      .describe('Empty allows all.'),
    block_bots: z.boolean(),
    block_datacenters: z.boolean(),
  })
  .partial();

const color = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour like #1a2b3c');
const pageText = z
  .strictObject({ title: textField(120), text: textField(600), button: textField(60) })
  .partial();
const pageField = z
  .strictObject({
    pt: pageText.describe('Brazilian Portuguese.'),
    en: pageText.describe('English, for everybody else.'),
    colors: z.strictObject({ background: color, text: color, accent: color }).partial(),
    image_url: httpsUrlField,
  })
  .partial()
  .describe(
    'Texts, colours and picture of the bridge page; what is absent takes the page’s own. Replaced as a whole.',
  );

const switchField = z.boolean();

/** What may be said of a pool. */
const fields = {
  slug: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9_-]{0,63}$/,
      'may hold small letters, digits, - and _, at most 64, no - or _ first',
    )
    .describe('The address of the pool: `/go/<slug>`; unique on the whole server.'),
  name: textField(120),
  mode: z.enum(['bridge', 'direct']),
  strategy: z.enum(['weighted', 'round_robin']),
  bots: z
    .array(poolBotField)
    .max(MAX_BOTS)
    .refine((bots) => new Set(bots.map((bot) => bot.bot_id)).size === bots.length, 'name each bot once')
    .describe('Replaced as a whole.'),
  meta_tracking_enabled: switchField.describe('On at first if there is a pixel.'),
  meta_pixel_id: z
    .string()
    .regex(/^\d{1,20}$/, 'must be the digits of a pixel id')
    .nullable()
    .describe('Null takes the pixel away.'),
  meta_access_token: z.string().trim().min(1).max(1000).nullable().describe('Write-only.'),
  meta_test_event_code: textField(64).nullable(),
  meta_events_pageview: switchField,
  meta_events_viewcontent: switchField,
  meta_events_initiatecheckout: switchField,
  meta_events_purchase: switchField,
  utmify_pixel_id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'may hold letters, digits, _ and -')
    .nullable(),
  parameter_builder: z
    .enum(['consent', 'always', 'never'])
    .describe('When Meta’s parameter builder is loaded on the bridge page.'),
  consent_mode: z.enum(['assumed', 'ask']),
  meta_cloaker_enabled: switchField.describe('The gate.'),
  gate: gateField.describe('Absent fields stay as they are.'),
  go_rate_limit: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .nullable()
    .describe('Clicks an hour an IP; 0 = no limit, null = the server’s.'),
  page: pageField,
  is_active: switchField,
};

/** Body of PATCH. */
export const poolChangeBody = z.strictObject(z.object(fields).partial().shape);

/** Body of POST. */
export const poolCreateBody = z.strictObject({ ...poolChangeBody.shape, slug: fields.slug });

/** Fields that PATCH and POST have given. */
export type PoolBody = z.infer<typeof poolChangeBody>;

/** A pool as it is answered. */
export const poolSchema = z
  .object({
    pool_id: z.string(),
    slug: z.string(),
    url: z.string().describe('The address for the ads.'),
    name: z.string(),
    mode: z.enum(['bridge', 'direct']),
    strategy: z.enum(['weighted', 'round_robin']),
    bots: z.array(
      z.object({
        bot_id: z.string(),
        weight: z.int(),
        is_enabled: z.boolean(),
        total_redirects: z.int(),
      }),
    ),
    total_redirects: z.int().describe('Clicks stored, of bots that have left the pool too.'),
    meta_tracking_enabled: z.boolean(),
    meta_pixel_id: z.string().nullable(),
    has_meta_access_token: z.boolean(),
    meta_test_event_code: z.string().nullable(),
    meta_events_pageview: z.boolean(),
    meta_events_viewcontent: z.boolean(),
    meta_events_initiatecheckout: z.boolean(),
    meta_events_purchase: z.boolean(),
    meta_destination: z
      .object({ destination_id: z.string(), is_active: z.boolean(), ...healthFields })
      .nullable()
      .describe('How the pixel’s server side does; null without a pixel.'),
    utmify_pixel_id: z.string().nullable(),
    parameter_builder: z.enum(['consent', 'always', 'never']),
    consent_mode: z.enum(['assumed', 'ask']),
    meta_cloaker_enabled: z.boolean(),
    gate: z.object({
      link_key: z.string().nullable(),
      allowed_countries: z.array(z.string()),
      block_bots: z.boolean(),
      block_datacenters: z.boolean(),
    }),
    go_rate_limit: z.int().nullable(),
    page: pageField,
    is_active: z.boolean(),
    created_at: timeField,
    updated_at: timeField,
  })
  .meta({ id: 'Pool', description: 'A link for ads that leads to one of several bots.' });
