import type { FastifyRequest } from 'fastify';
import { CLIENT_IP_HEADER, SIGN_IN_PATH } from '../../settings/sign-in.ts';
import type { AppDeps } from '../deps.ts';
import type { Refusal } from './home-texts.ts';

/** Cookies to set, or why there are none. */
export type SignInAnswer =
  | { readonly kind: 'done'; readonly cookies: readonly string[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Asks the sign-in on behalf of a plain form; its own checks (origin, rate) see the browser's headers. */
export async function askSignIn(
  deps: Pick<AppDeps, 'signIn' | 'publicUrl' | 'readClientIp'>,
  request: FastifyRequest,
  call: { readonly path: '/sign-in/email' | '/sign-out'; readonly body: object },
): Promise<SignInAnswer> {
  const headers = new Headers({
    'content-type': 'application/json',
    host: request.headers.host ?? new URL(deps.publicUrl).host,
    [CLIENT_IP_HEADER]: deps.readClientIp(request.raw) ?? '0.0.0.0',
  });
  for (const name of [
    'cookie',
    'origin',
    'user-agent',
    'sec-fetch-site',
    'sec-fetch-mode',
    'sec-fetch-dest',
  ] as const) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const url = new URL(`${SIGN_IN_PATH}${call.path}`, deps.publicUrl);
  const answer = await deps.signIn.answer(
    new Request(url, { method: 'POST', headers, body: JSON.stringify(call.body) }),
  );
  if (answer.ok) return { kind: 'done', cookies: answer.headers.getSetCookie() };
  return { kind: 'refused', refusal: readRefusal(answer.status) };
}

function readRefusal(status: number): Refusal {
  if (status === 401) return 'wrong';
  if (status === 429) return 'too_many';
  if (status === 403) return 'foreign';
  return status >= 500 ? 'away' : 'malformed';
}
