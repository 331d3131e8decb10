import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { DEMO_BOT } from '../../simulators/demo-workspace.ts';
import type { App } from '../deps.ts';
import { problem, refuse } from '../problem.ts';
import { buildMessages, buildNote } from './chat-messages.ts';
import { buildChatFoot, buildChatPage, buildUnknownBotPage, type ChatPageView } from './chat-page.ts';
import { readVisit, sendNotReady, sendPage, sendPart, type TryDeps, type TryVisit } from './try-context.ts';

const CHAT = '/try/chat/:username';
const names = z.object({ username: z.string() });
const picture = names.extend({ photo: z.string() });
/** Telegram's own form of a start payload. */
const PAYLOAD = /^[\w-]{1,64}$/;
const MOST_WRITTEN = 1_000;

/** The simulated Telegram as people use it: one private chat for each browser. */
export function registerTryChat(app: App, deps: TryDeps): void {
  app.register(async (scope: App) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 16_384 },
      (_request, body, done) => done(null, new URLSearchParams(String(body))),
    );
    scope.get(CHAT, { schema: { hide: true, params: names } }, (request, reply) =>
      showChat(deps, request, reply),
    );
    scope.get(`${CHAT}/messages`, { schema: { hide: true, params: names } }, (request, reply) =>
      showMessages(deps, request, reply),
    );
    scope.get(`${CHAT}/photo/:photo`, { schema: { hide: true, params: picture } }, (request, reply) =>
      showPicture(deps, request, reply),
    );
    for (const act of ['start', 'press', 'write'] as const) {
      scope.post(`${CHAT}/${act}`, { schema: { hide: true, params: names } }, (request, reply) =>
        doAct(deps, { act, request, reply }),
      );
    }
  });
}

function readChat({ room }: TryDeps, { view, person }: TryVisit, start: string | null): ChatPageView {
  return {
    bot: DEMO_BOT.username,
    botName: DEMO_BOT.name,
    language: view.language,
    messages: room.telegram.messagesOf(DEMO_BOT.username, person.id),
    start: start !== null && PAYLOAD.test(start) ? start : null,
  };
}

const isOurBot = (request: FastifyRequest): boolean =>
  names.parse(request.params).username.toLowerCase() === DEMO_BOT.username;

async function showChat(deps: TryDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const visit = await readVisit(deps, request, reply);
  if (!visit) return sendNotReady(reply);
  if (!isOurBot(request)) return sendPage(reply.code(404), visit.view, buildUnknownBotPage(visit.view));
  const start = new URL(request.url, 'http://page').searchParams.get('start');
  return sendPage(reply, visit.view, buildChatPage(visit.view, readChat(deps, visit, start)));
}

async function showMessages(
  deps: TryDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const visit = await readVisit(deps, request, reply);
  if (!visit) return sendNotReady(reply);
  const answers = deps.room.telegram.pressAnswersOf(DEMO_BOT.username, visit.person.id);
  return sendPart(reply, { ...buildMessages(readChat(deps, visit, null)), note: buildNote(answers) });
}

/** A picture of the person's own chat only. */
async function showPicture(
  deps: TryDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { photo } = picture.parse(request.params);
  const visit = await readVisit(deps, request, reply);
  if (!visit) return sendNotReady(reply);
  const { telegram } = deps.room;
  const isTheirs = telegram
    .messagesOf(DEMO_BOT.username, visit.person.id)
    .some((message) => message.photoId === photo);
  const bytes = isTheirs ? telegram.pictureOf(DEMO_BOT.username, photo) : undefined;
  if (!bytes) return reply.code(404).send();
  return reply.headers({ 'content-type': 'image/png', 'cache-control': 'private, max-age=3600' }).send(bytes);
}

interface Act {
  readonly act: 'start' | 'press' | 'write';
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function doAct(deps: TryDeps, { act, request, reply }: Act): Promise<FastifyReply> {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return reply.send(refuse(reply, problem(403, 'Foreign origin', 'Use the chat’s own page.')));
  }
  const visit = await readVisit(deps, request, reply);
  if (!visit) return sendNotReady(reply);
  const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
  if (isOurBot(request)) tellBot(deps, visit, { act, form });
  if (!request.headers.accept?.includes('application/json')) {
    return reply.redirect(`/try/chat/${DEMO_BOT.username}`, 303);
  }
  const foot = act === 'start' ? { foot: buildChatFoot(readChat(deps, visit, null)) } : {};
  return sendPart(reply, foot);
}

function tellBot(
  { room }: TryDeps,
  { person }: TryVisit,
  { act, form }: { act: Act['act']; form: URLSearchParams },
): void {
  const bot = DEMO_BOT.username;
  if (act === 'press') return void room.telegram.press(bot, form.get('data') ?? '', person);
  if (act === 'start') {
    const start = form.get('start') ?? '';
    return void room.telegram.pressStart(bot, PAYLOAD.test(start) ? start : null, person);
  }
  const text = (form.get('text') ?? '').trim().slice(0, MOST_WRITTEN);
  if (text !== '') room.telegram.write(bot, text, person);
}
