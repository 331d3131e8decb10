import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readJsonObject } from '../../domain/http-message.ts';
import { CLIENT_IP_HEADER, listOwnOrigins, SIGN_IN_PATH } from '../../settings/sign-in.ts';
import type { App, AppDeps } from '../deps.ts';
import { sendProblem } from '../errors.ts';
import { type Problem, problem } from '../problem.ts';

/** What a browser may tell the sign-in; forwarded addresses and hosts are left out, because anybody can write them. */
const PASSED_ON = [
  'content-type',
  'cookie',
  'origin',
  'referer',
  'user-agent',
  'accept',
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
];

const FOREIGN = problem(403, 'Foreign origin', 'People sign in on our own pages only.');

const NO_PAGE = problem(404, 'Not found', 'There is nothing at this address.');

/** `/api/auth/*`: sign-in, sign-out and session of people. */
export function registerSignInRoutes(app: App, deps: AppDeps): void {
  app.route({
    method: ['GET', 'POST'],
    url: `${SIGN_IN_PATH}/*`,
    schema: {
      tags: ['Sign-in'],
      summary: 'Sign people in and out',
      description:
        '`POST /api/auth/sign-in/email {email, password}` sets the session cookie, `GET /api/auth/get-session` tells who is signed in, `POST /api/auth/sign-out` ends it, `POST /api/auth/change-password {currentPassword, newPassword}`. People are made by the command line: nobody can sign up.',
      response: { '2xx': z.unknown().describe('As better-auth answers.') },
    },
    handler: async (request, reply) => {
      const { origin, host } = request.headers;
      if (origin !== undefined && !listOwnOrigins(host ?? null, deps.publicUrl).includes(origin)) {
        return sendProblem(reply, FOREIGN);
      }
      const answer = await deps.signIn.answer(buildRequest(deps, request));
      if (isPage(answer)) return sendProblem(reply, NO_PAGE);
      reply.code(answer.status);
      for (const cookie of answer.headers.getSetCookie()) reply.header('set-cookie', cookie);
      reply.header('cache-control', 'no-store');
      const text = await answer.text();
      if (answer.status >= 400) return sendProblem(reply, readRefusal(reply, answer, text));
      reply.header('content-type', answer.headers.get('content-type') ?? 'application/json');
      return reply.serializer((payload: string) => payload).send(text);
    },
  });
}

/** Its pages and redirects belong to ways of signing in that nobody has here. */
const isPage = ({ status, headers }: Response): boolean =>
  (status >= 300 && status < 400) || headers.get('content-type')?.startsWith('text/html') === true;

function buildRequest(deps: AppDeps, request: FastifyRequest): Request {
  const headers = new Headers();
  for (const name of PASSED_ON) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  headers.set('host', request.headers.host ?? new URL(deps.publicUrl).host);
  headers.set(CLIENT_IP_HEADER, deps.readClientIp(request.raw) ?? '0.0.0.0');
  const url = new URL(request.url, deps.publicUrl);
  const hasBody = request.method === 'POST' && request.body !== undefined;
  return new Request(url, {
    method: request.method,
    headers,
    body: hasBody ? JSON.stringify(request.body) : null,
  });
}

/** better-auth's errors in the form that all our errors have; its `code` is for programs. */
function readRefusal(reply: FastifyReply, answer: Response, text: string): Problem & { code: string | null } {
  const wait = answer.headers.get('x-retry-after');
  if (wait !== null) reply.header('retry-after', wait);
  const body = readJsonObject(text);
  const detail = typeof body?.message === 'string' ? body.message : 'The sign-in refused this.';
  const code = typeof body?.code === 'string' ? body.code : null;
  return { ...problem(answer.status, 'Sign-in refused', detail), code };
}
