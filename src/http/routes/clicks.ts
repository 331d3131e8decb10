import type { Selectable } from 'kysely';
import { z } from 'zod';
import { isTrackingToken } from '../../domain/ids.ts';
import type { Clicks } from '../../io/database.gen.ts';
import { findClickDetails } from '../../reports/click-details.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { timeField } from '../fields.ts';
import { errorResponses, notFound, refuse } from '../problem.ts';

const nullableText = z.string().nullable();
const nullableFlag = z.boolean().nullable();
const nullableNumber = z.number().nullable();

const clickSchema = z
  .object({
    tracking_token: z.string(),
    pool_id: z.string(),
    bot_id: z.string(),
    mode: z.string().describe('`bridge` or `direct`.'),
    fbclid: nullableText,
    gclid: nullableText,
    gbraid: nullableText,
    wbraid: nullableText,
    ttclid: nullableText,
    li_fat_id: nullableText,
    msclkid: nullableText,
    kwai_click_id: nullableText,
    fbp: nullableText,
    fbp_origin: nullableText.describe('`cookie` of the click’s request, or `posted` by the page.'),
    fbc: nullableText,
    fbc_origin: nullableText.describe('`cookie` of the browser, or `generated` from the fbclid.'),
    fbi: nullableText,
    utm_source: nullableText,
    utm_medium: nullableText,
    utm_campaign: nullableText,
    utm_id: nullableText,
    utm_term: nullableText,
    utm_content: nullableText,
    src: nullableText,
    sck: nullableText,
    grim: nullableText,
    url_params: z.unknown().describe('Every other parameter of the link.'),
    client_ip: nullableText,
    ip_hash: nullableText,
    client_user_agent: nullableText,
    client_hints: z.unknown(),
    accept_language: nullableText,
    referrer: nullableText,
    event_source_url: z.string().describe('As requested, without the gate’s link key.'),
    pageview_event_id: z.string(),
    pageview_ts: timeField,
    consent: z.string().describe('`granted`, `denied` or `pending`.'),
    geo_city: nullableText,
    geo_state: nullableText,
    geo_country: nullableText,
    geo_latitude: nullableNumber,
    geo_longitude: nullableNumber,
    device_type: nullableText,
    browser_name: nullableText,
    browser_version: nullableText,
    os_name: nullableText,
    os_version: nullableText,
    in_app: nullableText,
    is_mobile: nullableFlag,
    is_tablet: nullableFlag,
    is_pc: nullableFlag,
    is_bot_detected: z.boolean(),
    bot_reasons: z.array(z.string()).describe('The rules that take it for a program’s.'),
    bot_class: nullableText.describe('What kind of program it is.'),
    asn: nullableNumber.describe('Autonomous system number of the address’s network.'),
    is_datacenter: nullableFlag.describe('A network of rented servers.'),
    created_at: timeField,
  })
  .meta({ id: 'Click', description: 'An ad click; the names are those of the table `clicks`.' });

/** `GET /api/v1/clicks/:token`. */
export function registerClickRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/clicks/:token',
    {
      preHandler: requireScope('read'),
      schema: {
        tags: ['Clicks'],
        summary: 'Read a click',
        description: 'One ad click by its tracking token, within a second of the click.',
        params: z.object({ token: z.string() }),
        response: { 200: clickSchema, ...errorResponses(401, 404) },
      },
    },
    async (request, reply) => {
      const { token } = request.params;
      if (!isTrackingToken(token)) return refuse(reply, notFound('click'));
      const row = await findClickDetails(deps.db, request.actor.workspaceId, token);
      return row ? buildClickAnswer(row) : refuse(reply, notFound('click'));
    },
  );
}

// The schema leaves out what is nobody's business outside: the workspace and our own marks.
function buildClickAnswer(row: Selectable<Clicks>): z.infer<typeof clickSchema> {
  const pageview_ts = row.pageview_ts.toISOString();
  const asn = row.asn === null ? null : Number(row.asn);
  return clickSchema.parse({ ...row, asn, pageview_ts, created_at: row.created_at.toISOString() });
}
