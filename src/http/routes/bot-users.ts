import { z } from 'zod';
import { type BotUserRow, findBotUser, listBotUsers } from '../../bot/find-bot-users.ts';
import { isId } from '../../domain/ids.ts';
import { recordAccess } from '../../leads/access-log.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { flagQuery } from '../fields.ts';
import { buildPage, pageQuery, readCursor } from '../paging.ts';
import { errorResponses, notFound, refuse } from '../problem.ts';
import { buildAccess, type Reader, readReader, reasonHeader } from '../reader.ts';

const nullableText = z.string().nullable();

const botUserSchema = z
  .object({
    id: z.string(),
    bot_id: z.string(),
    telegram_user_id: z.string(),
    language_code: nullableText,
    tracking_session_id: nullableText.describe('The tracking token of the click that the person came from.'),
    matched_by: nullableText.describe('`token`, `fbclid` or `known_fbclid`.'),
    fbclid: nullableText,
    gclid: nullableText,
    ttclid: nullableText,
    li_fat_id: nullableText,
    fbp: nullableText,
    fbc: nullableText,
    click_timestamp: z.string().nullable(),
    first_interaction: z.string(),
    last_interaction: z.string(),
    last_start_at: z.string().nullable(),
    last_start_payload: nullableText,
    last_start_outcome: nullableText.describe('Why the last /start did or did not match a click.'),
    ip_address: nullableText.describe('Null after the retention time.'),
    ip_hash: nullableText,
    user_agent: nullableText,
    geo_city: nullableText,
    geo_state: nullableText,
    geo_country: nullableText,
    device_type: nullableText,
    browser_name: nullableText,
    os_name: nullableText,
    is_mobile: z.boolean().nullable(),
    is_bot_detected: z.boolean().nullable(),
    bot_score: z.int().nullable().describe('0 to 100; null for the second before the profile is made.'),
    fraud_score: z.int().nullable(),
    is_suspicious: z.boolean().nullable(),
    utm_source: nullableText,
    utm_medium: nullableText,
    utm_campaign: nullableText,
    utm_id: nullableText,
    utm_term: nullableText,
    utm_content: nullableText,
    is_blocked: z.boolean().describe('The person stopped the bot.'),
    created_at: z.string(),
  })
  .meta({
    id: 'BotUser',
    description: 'A person in a bot, with the ids of the newest click that led there.',
  });

const listQuery = pageQuery.extend({
  telegram_user_id: z
    .string()
    .regex(/^\d{1,18}$/, 'must be a Telegram user id')
    .optional(),
  bot_id: z.string().optional(),
  tracking_token: z.string().optional(),
  suspicious: flagQuery.optional().describe('`true`: only suspicious people; `false`: only others.'),
});

/** `GET /api/v1/bot-users` and `GET /api/v1/bot-users/:id`. */
export function registerBotUserRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/bot-users',
    {
      preHandler: requireScope('read'),
      schema: {
        tags: ['Bot users'],
        summary: 'List bot users',
        description:
          'People who wrote to the workspace’s bots, in the order of their first message. Every one that is shown is written to `lead_access_log`.',
        querystring: listQuery,
        headers: reasonHeader,
        response: {
          200: z.object({ data: z.array(botUserSchema), next_cursor: nullableText }),
          ...errorResponses(401, 422),
        },
      },
    },
    async (request) => {
      const { limit, cursor, telegram_user_id, bot_id, tracking_token, suspicious } = request.query;
      if (bot_id !== undefined && !isId(bot_id)) return { data: [], next_cursor: null };
      const rows = await listBotUsers(deps.db, {
        workspaceId: request.actor.workspaceId,
        telegramUserId: telegram_user_id,
        botId: bot_id,
        trackingToken: tracking_token,
        suspicious,
        afterId: readCursor(cursor),
        limit: limit + 1,
      });
      const page = buildPage(rows, limit, (row) => row.id);
      await recordLooks(deps, readReader(request), page.rows);
      return { data: page.rows.map(buildBotUser), next_cursor: page.nextCursor };
    },
  );
  app.get(
    '/api/v1/bot-users/:id',
    {
      preHandler: requireScope('read'),
      schema: {
        tags: ['Bot users'],
        summary: 'Read a bot user',
        description: 'One person of one bot.',
        params: z.object({ id: z.string() }),
        headers: reasonHeader,
        response: { 200: botUserSchema, ...errorResponses(401, 404) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const row = isId(id) ? await findBotUser(deps.db, request.actor.workspaceId, id) : undefined;
      if (!row) return refuse(reply, notFound('bot user'));
      await recordLooks(deps, readReader(request), [row]);
      return buildBotUser(row);
    },
  );
}

const PERSONAL = ['telegram_user_id', 'ip_address', 'user_agent'] as const;

async function recordLooks({ db }: AppDeps, reader: Reader, rows: readonly BotUserRow[]): Promise<void> {
  const accesses = rows.map((row) => ({
    ...buildAccess(reader, 'bot_user', row.id),
    fields: PERSONAL.filter((field) => row[field] !== null),
  }));
  await recordAccess(db, accesses);
}

function buildBotUser(row: BotUserRow): z.infer<typeof botUserSchema> {
  return {
    id: row.id,
    bot_id: row.bot_id,
    telegram_user_id: row.telegram_user_id,
    language_code: row.language_code,
    tracking_session_id: row.tracking_session_id,
    matched_by: row.matched_by,
    fbclid: row.fbclid,
    gclid: row.gclid,
    ttclid: row.ttclid,
    li_fat_id: row.li_fat_id,
    fbp: row.fbp,
    fbc: row.fbc,
    click_timestamp: row.click_timestamp?.toISOString() ?? null,
    first_interaction: row.first_interaction.toISOString(),
    last_interaction: row.last_interaction.toISOString(),
    last_start_at: row.last_start_at?.toISOString() ?? null,
    last_start_payload: row.last_start_payload,
    last_start_outcome: row.last_start_outcome,
    ip_address: row.ip_address,
    ip_hash: row.ip_hash,
    user_agent: row.user_agent,
    geo_city: row.geo_city,
    geo_state: row.geo_state,
    geo_country: row.geo_country,
    device_type: row.device_type,
    browser_name: row.browser_name,
    os_name: row.os_name,
    is_mobile: row.is_mobile,
    is_bot_detected: row.is_bot_detected,
    bot_score: row.bot_score,
    fraud_score: row.fraud_score,
    is_suspicious: row.is_suspicious,
    utm_source: row.utm_source,
    utm_medium: row.utm_medium,
    utm_campaign: row.utm_campaign,
    utm_id: row.utm_id,
    utm_term: row.utm_term,
    utm_content: row.utm_content,
    is_blocked: row.is_blocked,
    created_at: row.created_at.toISOString(),
  };
}
