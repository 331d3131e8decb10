import type { Crm, CrmClient, CrmToken, CrmTrouble, Mail } from '../crms/crm.ts';
import { findCrm } from '../crms/registry.ts';
import type { HttpRequest, HttpResponse } from '../domain/http-message.ts';
import { listSecrets, scrub } from '../send/scrub.ts';
import { type CrmConnection, renewCredentials } from './connections.ts';
import type { CrmRoomParts } from './room-parts.ts';

/** A connection that can be spoken for. */
export interface OpenConnection {
  readonly connection: CrmConnection;
  readonly crm: Crm;
  /** With a valid token where the CRM wants one. */
  readonly client: CrmClient;
}

/** What a call brought: an answer, or why there is none. */
export type CallResult =
  | { readonly kind: 'answer'; readonly response: HttpResponse; readonly durationMs: number }
  | (CrmTrouble & { readonly durationMs: number });

const TIMEOUT_MS = 10_000;

/** A client of the connection without a token: for webhooks, which need none. */
export function openWithoutToken(
  room: CrmRoomParts,
  connection: CrmConnection,
): { readonly kind: 'open'; readonly open: OpenConnection } | CrmTrouble {
  return openWith(room, connection, null);
}

/** A client of the connection, with a token where it takes one. */
export async function openConnection(
  room: CrmRoomParts,
  connection: CrmConnection,
): Promise<{ readonly kind: 'open'; readonly open: OpenConnection } | CrmTrouble> {
  const plain = openWith(room, connection, null);
  if (plain.kind !== 'open' || !plain.open.crm.hasToken) return plain;
  const kept = room.tokens.get(connection, room.clock.now());
  if (kept) return openWith(room, connection, kept);
  const request = plain.open.client.buildToken();
  if (!request) return plain;
  const result = await sendRequest(room, plain.open, request);
  if (result.kind !== 'answer') return result;
  const answer = plain.open.client.readToken(result.response);
  if (answer.kind !== 'token') return scrubTrouble(answer, connection);
  return keepToken(room, connection, answer.token);
}

/** Some vendors give a new refresh token with each access token, and the old one ends. */
async function keepToken(room: CrmRoomParts, connection: CrmConnection, token: CrmToken) {
  const { credentials } = connection;
  const isNew =
    token.refreshToken !== null &&
    typeof credentials === 'object' &&
    credentials !== null &&
    'refresh_token' in credentials &&
    credentials.refresh_token !== token.refreshToken;
  const current = isNew
    ? { ...connection, credentials: { ...credentials, refresh_token: token.refreshToken } }
    : connection;
  if (isNew) await renewCredentials(room.db, room.vault, current);
  room.tokens.set(current, token, room.clock.now());
  return openWith(room, current, token);
}

function openWith(room: CrmRoomParts, connection: CrmConnection, token: CrmToken | null) {
  const crm = findCrm(connection.kind);
  if (!crm) return { kind: 'unauthorized', reason: `there is no kind "${connection.kind}"` } as const;
  const opening = crm.open({
    connectionId: connection.connectionId,
    credentials: connection.credentials,
    settings: connection.settings,
    baseUrl: crm.base === null ? '' : (room.bases[crm.base] ?? ''),
    token,
    webhookKey: room.webhookKey(connection.connectionId),
    publicUrl: room.publicUrl,
    now: room.clock.now(),
  });
  if (opening.kind === 'invalid') return { kind: 'unauthorized', reason: opening.reason } as const;
  return { kind: 'open', open: { connection, crm, client: opening.client } } as const;
}

/**
 * Builds and sends a request. A token that the CRM refuses before its time is replaced once; `build` is called again
 * then, and null means that there is nothing to ask.
 */
export async function callCrm(
  room: CrmRoomParts,
  open: OpenConnection,
  build: (client: CrmClient) => HttpRequest | null,
): Promise<CallResult> {
  const request = build(open.client);
  if (!request) return { kind: 'rejected', reason: 'this CRM is not asked that', durationMs: 0 };
  const result = await sendRequest(room, open, request);
  if (!open.crm.hasToken || result.kind !== 'answer' || result.response.status !== 401) return result;
  room.tokens.drop(open.connection);
  const again = await openConnection(room, open.connection);
  if (again.kind !== 'open') return { ...again, durationMs: result.durationMs };
  const second = build(again.open.client);
  return second ? sendRequest(room, again.open, second) : result;
}

async function sendRequest(
  room: CrmRoomParts,
  { crm, connection }: OpenConnection,
  request: HttpRequest,
): Promise<CallResult> {
  const trust = crm.base === null ? 'user' : 'vendor';
  const result = await room.outbound.send(request, { timeoutMs: TIMEOUT_MS, trust });
  const { durationMs } = result;
  if (result.kind === 'answer') {
    const body = scrub(result.response.body, listSecrets(connection.credentials));
    // Tokens are read out of the answer, so that one is left as it is.
    return {
      kind: 'answer',
      response: crm.hasToken ? result.response : { ...result.response, body },
      durationMs,
    };
  }
  if (result.failure === 'blocked') return { kind: 'unauthorized', reason: result.detail, durationMs };
  const reason = `${crm.name} did not answer (${result.detail})`;
  return { kind: 'retry', reason, retryAfterMs: null, durationMs };
}

/** Sends a mail; a server that takes it has answered with an empty 250. */
export async function sendMail(room: CrmRoomParts, mail: Mail): Promise<CallResult> {
  const result = await room.mailer.send(mail, TIMEOUT_MS);
  const { durationMs } = result;
  if (result.kind === 'sent') {
    return { kind: 'answer', response: { status: 250, headers: {}, body: '' }, durationMs };
  }
  const reason = result.detail;
  if (result.failure === 'refused') return { kind: 'rejected', reason, durationMs };
  if (result.failure === 'passing') return { kind: 'retry', reason, retryAfterMs: null, durationMs };
  return { kind: 'unauthorized', reason, durationMs };
}

/** A vendor may repeat a secret in the words of its refusal. */
export function scrubTrouble<T extends CrmTrouble>(trouble: T, connection: CrmConnection): T {
  return { ...trouble, reason: scrub(trouble.reason, listSecrets(connection.credentials)) };
}
