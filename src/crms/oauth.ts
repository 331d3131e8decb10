import type { HttpRequest, HttpResponse } from '../domain/http-message.ts';
import { readAnswer, readText, unreadable } from './answers.ts';
import type { TokenAnswer } from './crm.ts';

/** A request for an access token by a refresh token, as a form (RFC 6749, section 6). */
export function buildRefresh(
  url: string,
  credentials: {
    readonly client_id: string;
    readonly client_secret: string;
    readonly refresh_token: string;
  },
): HttpRequest {
  return {
    method: 'POST',
    url,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'refresh_token', ...credentials }).toString(),
  };
}

/** The answer to it; `invalid_grant` and its like come as HTTP 400 and mean that the owner has to sign in again. */
export function readRefresh(
  response: HttpResponse,
  options: {
    readonly defaultSeconds: number;
    readonly readInstance: (url: string | null) => string | null | false;
  },
): TokenAnswer {
  const answer = readAnswer(response, (body) => body.error_description ?? body.error);
  if (answer.kind === 'rejected') return { kind: 'unauthorized', reason: answer.reason };
  if (answer.kind !== 'body') return answer;
  const accessToken = readText(answer.body.access_token);
  if (accessToken === null) return unreadable(response);
  const instanceUrl = options.readInstance(readText(answer.body.instance_url));
  if (instanceUrl === false) {
    return { kind: 'unauthorized', reason: 'the token is for an address that is not the vendor’s' };
  }
  const seconds = Number(answer.body.expires_in);
  return {
    kind: 'token',
    token: {
      accessToken,
      instanceUrl,
      expiresInSeconds: Number.isFinite(seconds) && seconds > 0 ? seconds : options.defaultSeconds,
      refreshToken: readText(answer.body.refresh_token),
    },
  };
}
