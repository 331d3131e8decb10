import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Update } from 'grammy/types';
import { z } from 'zod';
import type { RegisteredBot } from '../../settings/types.ts';
import type { App, AppDeps } from '../deps.ts';
import { errorResponses, notFound, problem, refuse } from '../problem.ts';

const params = z.object({ bot_id: z.string() });
/** Telegram adds fields at will: only what makes it an update is asked for. */
const updateSchema = z.looseObject({ update_id: z.int().nonnegative() });

const DOC = {
  tags: ['Public edge'],
  summary: 'Telegram tells of an update',
  description:
    'Called by Telegram only. `X-Telegram-Bot-Api-Secret-Token` must be the bot’s secret. A repeated `update_id` changes nothing. While the database is away the answer is 500, so that Telegram sends the update again.',
  params,
  body: updateSchema,
  response: { 200: z.object({ ok: z.literal(true) }), ...errorResponses(400, 401, 404, 413) },
};

/** `POST /telegram/webhook/:bot_id`. */
export function registerTelegramRoutes(app: App, deps: AppDeps): void {
  app.route({
    method: 'POST',
    url: '/telegram/webhook/:bot_id',
    schema: DOC,
    // Before the body is even read: whoever does not know the secret costs nothing more.
    onRequest: (request, reply, next) => {
      const answer = refuseStranger(deps, request);
      if (answer) reply.send(refuse(reply, answer));
      else next();
    },
    handler: (request, reply) => recordUpdate(deps, request, reply),
  });
}

const headerOf = (request: FastifyRequest): string => {
  const value = request.headers['x-telegram-bot-api-secret-token'];
  return typeof value === 'string' ? value : '';
};

function refuseStranger(deps: AppDeps, request: FastifyRequest) {
  const bot = findBot(deps, request);
  if (!bot) {
    return deps.registry.source === 'database'
      ? notFound('bot')
      : problem(500, 'Not ready', 'The database is away; send the update again.');
  }
  if (isSameSecret(headerOf(request), bot.webhookSecret)) return null;
  return problem(401, 'Unauthorized', 'X-Telegram-Bot-Api-Secret-Token is not the secret of this bot.');
}

function findBot(deps: AppDeps, request: FastifyRequest): RegisteredBot | undefined {
  const { bot_id: botId } = request.params as z.infer<typeof params>;
  const bot = deps.registry.bot(botId);
  return bot?.isActive ? bot : undefined;
}

/** Digests have one length, so that the comparison takes the same time for every guess. */
function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

async function recordUpdate(deps: AppDeps, request: FastifyRequest, reply: FastifyReply) {
  const bot = findBot(deps, request);
  if (!bot) return refuse(reply, notFound('bot'));
  try {
    await deps.receiveUpdate(bot, request.body as Update);
    return { ok: true as const };
  } catch (error) {
    request.log.error({ err: error, botId: bot.botId }, 'an update could not be recorded');
    return refuse(reply, problem(500, 'Not recorded', 'The update could not be recorded; send it again.'));
  }
}
