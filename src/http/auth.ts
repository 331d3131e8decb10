import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import type { Scope } from '../settings/api-keys.ts';
import { listMemberships } from '../settings/people.ts';
import { listOwnOrigins } from '../settings/sign-in.ts';
import type { App, AppDeps } from './deps.ts';
import { sendProblem } from './errors.ts';
import { type Problem, problem } from './problem.ts';

/** On whose behalf a request is made: a key's, or a signed-in person's. */
export interface Actor {
  readonly workspaceId: string;
  readonly scope: Scope | 'none';
  readonly keyId: string | null;
  readonly userId: string | null;
}

/** Before a request is authenticated, and on public routes: may nothing and owns nothing. */
const NOBODY: Actor = {
  workspaceId: '00000000-0000-0000-0000-000000000000',
  scope: 'none',
  keyId: null,
  userId: null,
};

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor;
  }
}

const RANK = { none: 0, read: 1, write: 2, admin: 3 } as const;

/** Whether the actor may do what the scope stands for. */
export const mayDo = (actor: Actor, scope: Scope): boolean => RANK[actor.scope] >= RANK[scope];

const API = '/api/v1/';
const WORKSPACE_HEADER = 'x-workspace-id';

/** Every route under `/api/v1/` needs a key or a session: 401 before anything else is looked at. */
export function registerAuth(app: App, deps: AppDeps): void {
  app.decorateRequest('actor');
  app.addHook('onRequest', async (request, reply) => {
    request.actor = NOBODY;
    if (!request.routeOptions.url?.startsWith(API)) return;
    const found = await findActor(deps, request);
    if (found.kind === 'actor') request.actor = found.actor;
    else return refuseActor(reply, found.answer);
  });
}

function refuseActor(reply: FastifyReply, answer: Problem): FastifyReply {
  if (answer.status === 401) reply.header('www-authenticate', 'Bearer realm="rastro"');
  return sendProblem(reply, answer);
}

/** Hook of a route: 403 unless the key or the person may do that much. */
export function requireScope(scope: Scope) {
  return (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void => {
    if (mayDo(request.actor, scope)) done();
    else
      sendProblem(
        reply,
        problem(
          403,
          'Not allowed',
          `This takes the scope "${scope}"; the key or session has "${request.actor.scope}".`,
        ),
      );
  };
}

type Found = { kind: 'actor'; actor: Actor } | { kind: 'refused'; answer: Problem };

const refused = (status: number, title: string, detail: string): Found => ({
  kind: 'refused',
  answer: problem(status, title, detail),
});

async function findActor(deps: AppDeps, request: FastifyRequest): Promise<Found> {
  const { authorization, cookie } = request.headers;
  if (authorization !== undefined) return findKeyActor(deps, authorization);
  if (cookie !== undefined) return findSessionActor(deps, request, cookie);
  return refused(401, 'Not signed in', 'Send "Authorization: Bearer <api key>", or sign in.');
}

async function findKeyActor(deps: AppDeps, authorization: string): Promise<Found> {
  const key = /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1];
  const row = key === undefined ? undefined : await deps.keys.verify(key);
  if (!row) return refused(401, 'Unknown key', 'This API key does not exist or was revoked.');
  const actor = {
    workspaceId: row.workspace_id,
    scope: readScope(row.scope),
    keyId: row.key_id,
    userId: null,
  };
  return { kind: 'actor', actor };
}

const readScope = (scope: string): Actor['scope'] =>
  scope === 'admin' || scope === 'write' || scope === 'read' ? scope : 'none';

async function findSessionActor(deps: AppDeps, request: FastifyRequest, cookie: string): Promise<Found> {
  const session = await deps.signIn.findSession(new Headers({ cookie }));
  if (!session) return refused(401, 'Not signed in', 'The session has ended; sign in again.');
  if (isForeignWrite(request, deps.publicUrl)) {
    return refused(403, 'Foreign origin', 'A session may only change things from our own pages.');
  }
  const memberships = await listMemberships(deps.db, session.userId);
  const wanted = request.headers[WORKSPACE_HEADER];
  const membership =
    wanted === undefined ? memberships[0] : memberships.find((one) => one.workspaceId === wanted);
  if (!membership) return refused(403, 'No workspace', 'You are not in this workspace.');
  const scope = membership.role === 'owner' ? 'admin' : 'write';
  const actor = { workspaceId: membership.workspaceId, scope, keyId: null, userId: session.userId } as const;
  return { kind: 'actor', actor };
}

/** Another site can make a browser send the cookie, but not with our Origin. */
function isForeignWrite(request: FastifyRequest, publicUrl: string): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  const { origin, host } = request.headers;
  return origin === undefined || !listOwnOrigins(host ?? null, publicUrl).includes(origin);
}
