import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { type FieldError, PROBLEM_TYPE, type Problem, problem } from '../problem.ts';

/** What a request is refused with. */
export type Refusal = Problem & { readonly headers?: OutgoingHttpHeaders };

/** 413. */
export const TOO_LARGE: Refusal = {
  ...problem(413, 'Body too large', 'A body may have at most 256 KiB.'),
  headers: { connection: 'close' },
};
/** 404. */
export const UNKNOWN_DOMAIN: Refusal = problem(
  404,
  'Not found',
  'There is no active domain with this domain_id.',
);
/** 403. */
export const FOREIGN_ORIGIN: Refusal = problem(
  403,
  'Foreign origin',
  'This page is of no origin of the domain; the domain’s settings list them.',
);
/** 405. */
export const ONLY_POST: Refusal = {
  ...problem(405, 'Method not allowed', 'Only POST is taken here.'),
  headers: { allow: 'POST, OPTIONS' },
};
/** 503: neither disk nor memory took the record, so the sender must keep it. */
export const NOT_RECORDED: Refusal = {
  ...problem(503, 'Not recorded', 'It could not be recorded; send it again.'),
  headers: { 'retry-after': '5' },
};
/** 500. */
export const BROKEN: Refusal = problem(500, 'Internal error', 'Something broke here; the log has it.');

/** 400. */
export const malformed = (detail: string, errors?: readonly FieldError[]): Refusal =>
  problem(400, 'Malformed body', detail, errors ? [...errors] : undefined);

/** 422. */
export const invalid = (errors: readonly FieldError[]): Refusal =>
  problem(422, 'Invalid fields', 'Some fields are wrong; see errors.', [...errors]);

/** 429. */
export const limited = (retryAfterSeconds: number): Refusal => ({
  ...problem(429, 'Too many requests', 'Too many from this address; wait as long as Retry-After says.'),
  headers: { 'retry-after': String(retryAfterSeconds) },
});

const SAFE = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };

/** Sends an answer as JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders,
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...SAFE,
    ...headers,
  });
  response.end(text);
}

/** Sends a refusal as a problem. */
export function sendRefusal(
  response: ServerResponse,
  { headers, ...body }: Refusal,
  cors: OutgoingHttpHeaders,
): void {
  if (response.headersSent) return;
  sendJson(response, body.status, body, { ...cors, ...headers, 'content-type': PROBLEM_TYPE });
}
