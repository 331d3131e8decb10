import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RECIPIENT_STATES } from '../../broadcasts/broadcast-row.ts';
import { findBroadcast } from '../../broadcasts/broadcasts.ts';
import {
  listRecipients,
  type RecipientQuestion,
  type RecipientRow,
} from '../../broadcasts/list-recipients.ts';
import { buildCsvLine } from '../../io/csv-table.ts';
import { recordAccess } from '../../leads/access-log.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams, optionalTimeField } from '../fields.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { errorResponses, notFound, refuse } from '../problem.ts';
import { buildActorName, reasonHeader } from '../reader.ts';

const recipientSchema = z
  .object({
    bot_user_id: z.string(),
    bot_id: z.string(),
    telegram_user_id: z.string(),
    state: z.enum(RECIPIENT_STATES),
    reason: z
      .string()
      .nullable()
      .describe(
        '`opted_out`, `blocked`, `bot`, `suspicious`, `campaign`, `stopped`, `erased`; `no_chat`, `refused`, `bot_off`, `telegram_away`; `no_answer`, `lost`, `fault`; `wait`.',
      ),
    detail: z.string().nullable().describe('Telegram’s own words.'),
    attempts: z.int(),
    telegram_message_id: z.string().nullable(),
    settled_at: optionalTimeField,
  })
  .meta({ id: 'BroadcastRecipient', description: 'One person of a broadcast and what became of it.' });

const filters = { state: z.enum(RECIPIENT_STATES).optional(), reason: z.string().max(40).optional() };
const tags = ['Broadcasts'];

/** `GET /api/v1/broadcasts/:id/recipients` and `…/recipients.csv`. */
export function registerBroadcastRecipientRoutes(app: App, deps: AppDeps): void {
  registerList(app, deps);
  registerCsv(app, deps);
}

function registerList(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/broadcasts/:id/recipients',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List the people of a broadcast',
        description: 'Each with the result. The look is written to `lead_access_log`.',
        params: idParams,
        querystring: pageQuery.extend(filters),
        headers: reasonHeader,
        response: { 200: pageSchema(recipientSchema), ...errorResponses(401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, ...filter } = request.query;
      const key = { workspaceId: request.actor.workspaceId, broadcastId: request.params.id };
      if (!(await findBroadcast(deps.db, key))) return refuse(reply, notFound('broadcast'));
      const question = { ...key, ...filter, after: readCursor(cursor), limit: limit + 1 };
      const page = buildPage(await listRecipients(deps.db, question), limit, (row) => row.bot_user_id);
      await recordLook(deps, request, 'read');
      return { data: page.rows.map(buildRecipient), next_cursor: page.nextCursor };
    },
  );
}

function registerCsv(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/broadcasts/:id/recipients.csv',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'The people of a broadcast as CSV',
        description:
          'All of them, or those of a state or reason. The export is written to `lead_access_log`.',
        params: idParams,
        querystring: z.strictObject(filters),
        headers: reasonHeader,
        response: {
          200: {
            description: 'The results.',
            content: { 'text/csv': { schema: z.unknown().meta({ type: 'string' }) } },
          },
          ...errorResponses(401, 403, 404, 422),
        },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, broadcastId: request.params.id };
      if (!(await findBroadcast(deps.db, key))) return refuse(reply, notFound('broadcast'));
      await recordLook(deps, request, 'export');
      return reply
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="broadcast-${key.broadcastId}.csv"`)
        .send(
          Readable.from(buildCsv(deps, { ...key, ...request.query, limit: CSV_BATCH }), {
            objectMode: false,
          }),
        );
    },
  );
}

const CSV_BATCH = 2_000;

async function* buildCsv(deps: Pick<AppDeps, 'db'>, question: RecipientQuestion): AsyncGenerator<string> {
  yield `${buildCsvLine(Object.keys(recipientSchema.shape), ',')}\r\n`;
  let after: string | undefined;
  for (;;) {
    const rows = await listRecipients(deps.db, { ...question, after });
    yield rows
      .map((row) => `${buildCsvLine(Object.values(buildRecipient(row)).map(buildCell), ',')}\r\n`)
      .join('');
    after = rows.at(-1)?.bot_user_id;
    if (after === undefined || rows.length < question.limit) return;
  }
}

const buildCell = (value: string | number | null): string => (value === null ? '' : String(value));

/** One record a look, by the broadcast: its people may be a hundred thousand. */
async function recordLook(
  { db }: Pick<AppDeps, 'db'>,
  request: Pick<FastifyRequest, 'actor'> & {
    readonly params: { readonly id: string };
    readonly headers: z.infer<typeof reasonHeader>;
  },
  action: 'read' | 'export',
): Promise<void> {
  const { actor, params, headers } = request;
  await recordAccess(db, [
    {
      workspaceId: actor.workspaceId,
      actor: buildActorName(actor),
      action,
      subjectKind: 'export',
      subjectId: params.id,
      fields: ['broadcast_recipients.telegram_user_id'],
      reason: headers['x-access-reason'] ?? null,
    },
  ]);
}

const buildRecipient = (row: RecipientRow): z.infer<typeof recipientSchema> => ({
  bot_user_id: row.bot_user_id,
  bot_id: row.bot_id,
  telegram_user_id: row.telegram_user_id,
  state: z.enum(RECIPIENT_STATES).parse(row.state),
  reason: row.reason,
  detail: row.detail,
  attempts: row.attempts,
  telegram_message_id: row.telegram_message_id,
  settled_at: row.settled_at?.toISOString() ?? null,
});
