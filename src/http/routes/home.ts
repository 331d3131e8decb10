import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isDatabaseAway } from '../../io/database-away.ts';
import { findQueueDepth, listPausedDestinations } from '../../reports/queue-depth.ts';
import { traceOf } from '../../reports/trace.ts';
import { findWorkspaceOverview } from '../../reports/workspace-overview.ts';
import { listMemberships } from '../../settings/people.ts';
import { listOwnOrigins } from '../../settings/sign-in.ts';
import type { App, AppDeps } from '../deps.ts';
import { findReadiness } from '../health.ts';
import { askSignIn } from '../home/ask-sign-in.ts';
import { HOME_TEXTS, type Refusal } from '../home/home-texts.ts';
import { buildHomeLinks, buildOverviewPage, type SystemLights } from '../home/overview-page.ts';
import { buildAwayPage, buildSignInPage } from '../home/sign-in-page.ts';
import { readChosenLanguage } from '../pages/chosen-language.ts';
import type { PageLanguage } from '../pages/language.ts';
import { buildNonce, buildPageHeaders } from '../pages/layout.ts';
import { buildShell } from '../pages/shell.ts';
import { TRACE_TEXTS } from '../pages/trace-texts.ts';
import { buildTimeline, TIMELINE_STYLE } from '../pages/trace-timeline.ts';

/** A page's request with its language and nonce. */
interface HomeVisit {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly language: PageLanguage;
  readonly nonce: string;
  readonly path: string;
  readonly hasTry: boolean;
}

const FORM_TYPE = 'application/x-www-form-urlencoded';
/** Clicks that wait this long are worth a word. */
const LAG_MS = 10_000;
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#1769e0" stroke-width="2.25" stroke-linecap="round"><circle cx="5" cy="18" r="2.25" fill="#1769e0"/><path d="M9 17.5c4-1 1-6.5 4.5-8S17 6 19 5"/><path d="m16 4.2 3.3.6-.8 3.3"/></svg>`;

/** The start page, sign-in and sign-out by plain forms, and the traces of a signed-in person's workspace. */
export function registerHomeRoutes(app: App, deps: AppDeps): void {
  const schema = { hide: true };
  app.get('/favicon.ico', { schema }, (_request, reply) =>
    reply.headers({ 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=86400' }).send(ICON),
  );
  app.get('/', { schema }, (request, reply) => answer(deps, { request, reply }, showHome));
  app.get('/trace/:ref', { schema: { hide: true, params: traceParams } }, (request, reply) =>
    answer(deps, { request, reply }, showTrace),
  );
  app.register(async (scope: App) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(FORM_TYPE, { parseAs: 'string', bodyLimit: 16_384 }, (_request, body, done) =>
      done(null, new URLSearchParams(String(body))),
    );
    scope.post('/sign-in', { schema }, (request, reply) => answer(deps, { request, reply }, signIn));
    scope.post('/sign-out', { schema }, (request, reply) => answer(deps, { request, reply }, signOut));
  });
}

const traceParams = z.object({ ref: z.string() });

type Handler = (deps: AppDeps, visit: HomeVisit) => Promise<FastifyReply>;

/** Whoever opens a page while the database is away is told so, in words. */
async function answer(
  deps: AppDeps,
  { request, reply }: Pick<HomeVisit, 'request' | 'reply'>,
  handler: Handler,
): Promise<FastifyReply> {
  const language = readChosenLanguage(request, reply);
  const path = request.method === 'GET' ? request.url : '/';
  const visit = { request, reply, language, nonce: buildNonce(), path, hasTry: deps.tryRoom !== null };
  try {
    return await handler(deps, visit);
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    visit.reply.header('refresh', '5');
    return sendPage(visit, buildAwayPage(visit), 503);
  }
}

function sendPage({ reply, nonce }: HomeVisit, html: string, status = 200): FastifyReply {
  // With no referrer at all a form's Origin would be "null", and could not be told from another site's.
  const headers = { ...buildPageHeaders({ nonce, form: true }), 'referrer-policy': 'same-origin' };
  return reply.code(status).headers(headers).send(html);
}

/** The workspace of the signed-in person; null for nobody, `none` for a person without one. */
async function findWorkspaceId(deps: AppDeps, { request }: HomeVisit): Promise<string | null> {
  const { cookie } = request.headers;
  const session = cookie ? await deps.signIn.findSession(new Headers({ cookie })) : undefined;
  if (!session) return null;
  const [membership] = await listMemberships(deps.db, session.userId);
  return membership?.workspaceId ?? 'none';
}

async function showHome(deps: AppDeps, visit: HomeVisit): Promise<FastifyReply> {
  const workspaceId = await findWorkspaceId(deps, visit);
  if (workspaceId === null) return showSignIn(visit, { refusal: null, email: '' });
  const overview = workspaceId === 'none' ? null : await findWorkspaceOverview(deps.db, workspaceId);
  if (!overview) {
    const { noWorkspace: title } = HOME_TEXTS[visit.language];
    return sendPage(
      visit,
      buildShell({ ...visit, title, links: buildHomeLinks(visit, '/'), body: `<p>${title}</p>` }),
    );
  }
  const system = await findLights(deps, workspaceId);
  return sendPage(visit, buildOverviewPage({ ...visit, publicUrl: deps.publicUrl, overview, system }));
}

async function findLights(deps: AppDeps, workspaceId: string): Promise<SystemLights> {
  const [readiness, drain, queues, paused] = await Promise.all([
    findReadiness(deps),
    deps.readDrainState(),
    findQueueDepth(deps.db),
    listPausedDestinations(deps.db, workspaceId),
  ]);
  const { capture_log: log, database, migrations } = readiness.parts;
  return {
    parts: {
      log: log.ok,
      database: database.ok && migrations.ok,
      drain: drain.oldestUnfoldedMs < LAG_MS,
      destinations: paused.length === 0,
    },
    waiting: queues.deliveries,
  };
}

function showSignIn(visit: HomeVisit, form: { refusal: Refusal | null; email: string }): FastifyReply {
  return sendPage(visit, buildSignInPage({ ...visit, ...form }), form.refusal === null ? 200 : 422);
}

async function showTrace(deps: AppDeps, visit: HomeVisit): Promise<FastifyReply> {
  const workspaceId = await findWorkspaceId(deps, visit);
  if (workspaceId === null || workspaceId === 'none') return visit.reply.redirect('/', 303);
  const { ref } = traceParams.parse(visit.request.params);
  const trace = await traceOf(deps.db, { workspaceId, ref, language: visit.language });
  const { title } = TRACE_TEXTS[visit.language];
  const body = buildTimeline(trace, visit.language);
  const page = { ...visit, title, links: buildHomeLinks(visit, '/trace'), body, style: TIMELINE_STYLE };
  return sendPage(visit, buildShell(page), trace.hops.length === 0 ? 404 : 200);
}

/** A form of another site must not sign anybody in or out. */
function isForeign(deps: AppDeps, { request }: HomeVisit): boolean {
  const { origin, host } = request.headers;
  return origin !== undefined && !listOwnOrigins(host ?? null, deps.publicUrl).includes(origin);
}

async function signIn(deps: AppDeps, visit: HomeVisit): Promise<FastifyReply> {
  const form = visit.request.body instanceof URLSearchParams ? visit.request.body : new URLSearchParams();
  const email = (form.get('email') ?? '').trim().slice(0, 320);
  if (isForeign(deps, visit)) return showSignIn(visit, { refusal: 'foreign', email: '' });
  const body = { email, password: form.get('password') ?? '' };
  const result = await askSignIn(deps, visit.request, { path: '/sign-in/email', body });
  if (result.kind === 'refused') return showSignIn(visit, { refusal: result.refusal, email });
  for (const cookie of result.cookies) visit.reply.header('set-cookie', cookie);
  return visit.reply.redirect('/', 303);
}

async function signOut(deps: AppDeps, visit: HomeVisit): Promise<FastifyReply> {
  if (isForeign(deps, visit)) return visit.reply.redirect('/', 303);
  const result = await askSignIn(deps, visit.request, { path: '/sign-out', body: {} });
  for (const cookie of result.kind === 'done' ? result.cookies : []) visit.reply.header('set-cookie', cookie);
  return visit.reply.redirect('/', 303);
}
