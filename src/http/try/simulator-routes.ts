import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PIXEL_SCRIPT_SOURCE, PIXEL_TARGET_PATH } from '../../simulators/pixel-script.ts';
import type { App } from '../deps.ts';
import type { TryDeps } from './try-context.ts';

/** Pictures of the Bot API and batches of a thousand events. */
const BODY_LIMIT = 12 * 1024 * 1024;
/** A transparent picture of one pixel, the answer of Meta's pixel too. */
const PIXEL_GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const TELEGRAM = '/try/telegram';
const META = '/try/meta';

/** The vendors themselves: the Bot API, the Conversions API, and the browser's pixel. */
export function registerTrySimulators(app: App, deps: TryDeps): void {
  app.register(async (scope: App) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
      done(null, body),
    );
    const schema = { hide: true };
    scope.route({
      method: ['GET', 'POST'],
      url: `${TELEGRAM}/*`,
      schema,
      handler: (request, reply) => answerTelegram(deps, request, reply),
    });
    for (const vendor of Object.keys(deps.room.platforms)) {
      scope.route({
        method: ['GET', 'POST'],
        url: `/try/${vendor}/*`,
        schema,
        handler: (request, reply) => answerPlatform(deps, request, reply),
      });
    }
    scope.post(`${META}/*`, { schema }, (request, reply) => answerMeta(deps, request, reply));
    scope.get(`${META}/fbevents.js`, { schema }, (_request, reply) =>
      reply
        .headers({ 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-cache' })
        .send(PIXEL_SCRIPT_SOURCE),
    );
    scope.route({
      method: ['GET', 'POST'],
      url: PIXEL_TARGET_PATH,
      schema,
      handler: (request, reply) => takePixel(deps, request, reply),
    });
  });
}

const bodyOf = (request: FastifyRequest): Buffer =>
  Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);

async function answerTelegram(
  { room }: TryDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const answer = await room.telegram.answer({
    path: request.url.slice(TELEGRAM.length),
    contentType: request.headers['content-type'] ?? '',
    body: bodyOf(request),
  });
  return reply.code(answer.status).header('content-type', 'application/json').send(answer.body);
}

async function answerPlatform(
  { room }: TryDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const [, , vendor = '', ...path] = request.url.split('/');
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  const answer = room.platforms[vendor]?.answer({
    method: request.method === 'GET' ? 'GET' : 'POST',
    url: `http://simulator/${path.join('/')}`,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: bodyOf(request).toString('utf8'),
  });
  if (!answer) return reply.code(404).send();
  return reply.code(answer.response.status).headers(answer.response.headers).send(answer.response.body);
}

/** Only the demonstration's own token opens it; anybody else's is wrong, as it would be at Meta. */
async function answerMeta(
  { room }: TryDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const isOurs = request.headers.authorization === `Bearer ${room.metaToken}`;
  const answer = room.meta.answer({
    method: 'POST',
    url: `http://simulator${request.url.slice(META.length)}`,
    headers: isOurs ? { authorization: `Bearer ${room.metaToken}` } : {},
    body: bodyOf(request).toString('utf8'),
  });
  if (answer.delayMs > 0) await sleep(answer.delayMs);
  return reply.code(answer.response.status).headers(answer.response.headers).send(answer.response.body);
}

function takePixel({ room }: TryDeps, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const query = new URL(request.url, 'http://simulator').searchParams;
  const fields = request.method === 'POST' ? new URLSearchParams(bodyOf(request).toString('utf8')) : query;
  room.pixel.receive(fields, request.headers['user-agent'] ?? null);
  return reply.headers({ 'content-type': 'image/gif', 'cache-control': 'no-store' }).send(PIXEL_GIF);
}
