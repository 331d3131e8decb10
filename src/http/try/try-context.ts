import type { FastifyReply, FastifyRequest } from 'fastify';
import { type DemoWalk, findDemoWalk, type Walker } from '../../reports/demo-walk.ts';
import { DEMO_BOT, type DemoWorkspace } from '../../simulators/demo-workspace.ts';
import type { SimulatedPerson } from '../../simulators/telegram-types.ts';
import type { TryRoom } from '../../simulators/try-room.ts';
import type { AppDeps } from '../deps.ts';
import { readChosenLanguage } from '../pages/chosen-language.ts';
import { buildNonce, buildPageHeaders } from '../pages/layout.ts';
import type { TryView } from './try-frame.ts';
import { readVisitor } from './visitor.ts';

/** What the try-it routes work with. */
export interface TryDeps {
  readonly db: AppDeps['db'];
  readonly room: TryRoom;
}

/** A request of a try-it page: whose it is, in which language, and how far they are. */
export interface TryVisit {
  readonly view: TryView;
  readonly demo: DemoWorkspace;
  readonly person: SimulatedPerson;
  readonly walker: Walker;
  readonly walk: DemoWalk | null;
}

/** Reads who asks; null while the demonstration is being made (the server has only just started). */
export async function readVisit(
  { db, room }: TryDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<TryVisit | null> {
  const { demo } = room;
  if (!demo) return null;
  const language = readChosenLanguage(request, reply);
  const person = readVisitor(request, reply, language);
  const walker = {
    workspaceId: demo.workspaceId,
    clickMark: room.clickMarkOf(person.id),
    telegramUserId: person.id,
  };
  const walk = await findDemoWalk(db, walker);
  const traceRef = walk?.payment?.id ?? walk?.token ?? null;
  const view = { language, nonce: buildNonce(), path: request.url, bot: DEMO_BOT.username, traceRef };
  return { view, demo, person, walker, walk };
}

/** Sends a page made with a visit's nonce. */
export function sendPage(reply: FastifyReply, view: TryView, html: string): FastifyReply {
  return reply.headers(buildPageHeaders({ nonce: view.nonce, form: true })).send(html);
}

/** Sends a page's fresh part. */
export function sendPart(reply: FastifyReply, part: object): FastifyReply {
  return reply
    .headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    .send(JSON.stringify(part));
}

/** The answer while the demonstration is still being made. */
export function sendNotReady(reply: FastifyReply): FastifyReply {
  return reply
    .code(503)
    .headers({ 'retry-after': '1', refresh: '1', 'content-type': 'text/plain; charset=utf-8' })
    .send('Um instante… / One moment…');
}
