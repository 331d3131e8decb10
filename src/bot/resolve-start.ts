import type { Click } from '../domain/click.ts';
import { isTrackingToken } from '../domain/ids.ts';
import type { StartOutcome } from '../domain/start-outcome.ts';

/** How a /start was joined to a click. */
export type MatchedBy = 'token' | 'fbclid' | 'known_fbclid';

/** The click of a /start, if there is one. `missed` says why the payload itself did not match, if it did not. */
export type StartResolution =
  | {
      readonly kind: 'matched';
      readonly click: Click;
      readonly matchedBy: MatchedBy;
      readonly outcome: StartOutcome;
    }
  | { readonly kind: 'unmatched'; readonly outcome: StartOutcome };

/** Where clicks are looked up: the table, and what the drain has not folded yet. */
export interface ClickLookup {
  byToken(token: string): Promise<Click | null>;
  newestByFbclid(workspaceId: string, fbclid: string): Promise<Click | null>;
  /** By the first 32 hex digits of the SHA-256 of the fbclid: for those too long for Telegram's 64 characters. */
  newestByFbclidHash(workspaceId: string, hash: string): Promise<Click | null>;
}

/** What is known when the person presses Start. */
export interface StartQuestion {
  readonly workspaceId: string;
  readonly payload: string | null;
  /** The fbclid already on the bot user. */
  readonly knownFbclid: string | null;
}

const FBCLID_PAYLOAD = /^fbclid_(.+)$/;
const FBCLID_HASH = /^[0-9a-f]{32}$/;

/** The three steps, in order: the token, the fbclid in the payload, the fbclid already known of the person. */
export async function resolveStart(clicks: ClickLookup, question: StartQuestion): Promise<StartResolution> {
  const told = await resolvePayload(clicks, question);
  if (told.kind === 'matched' || question.knownFbclid === null) return told;
  const click = await clicks.newestByFbclid(question.workspaceId, question.knownFbclid);
  if (!click) return told;
  return { kind: 'matched', click, matchedBy: 'known_fbclid', outcome: 'matched_known_fbclid' };
}

async function resolvePayload(clicks: ClickLookup, question: StartQuestion): Promise<StartResolution> {
  const { payload, workspaceId } = question;
  if (payload === null) return { kind: 'unmatched', outcome: 'no_payload' };
  if (isTrackingToken(payload)) return resolveToken(clicks, workspaceId, payload);
  const fbclid = FBCLID_PAYLOAD.exec(payload)?.[1];
  if (fbclid === undefined) return { kind: 'unmatched', outcome: 'unknown_payload' };
  const click = await findByFbclid(clicks, workspaceId, fbclid);
  if (!click) return { kind: 'unmatched', outcome: 'unknown_fbclid' };
  return { kind: 'matched', click, matchedBy: 'fbclid', outcome: 'matched_fbclid' };
}

async function resolveToken(
  clicks: ClickLookup,
  workspaceId: string,
  token: string,
): Promise<StartResolution> {
  const click = await clicks.byToken(token);
  if (!click) return { kind: 'unmatched', outcome: 'unknown_token' };
  // Another workspace's click must not leak into this one, nor be confirmed to exist.
  if (click.workspaceId !== workspaceId) return { kind: 'unmatched', outcome: 'foreign_token' };
  return { kind: 'matched', click, matchedBy: 'token', outcome: 'matched_token' };
}

async function findByFbclid(clicks: ClickLookup, workspaceId: string, value: string): Promise<Click | null> {
  const plain = await clicks.newestByFbclid(workspaceId, value);
  if (plain || !FBCLID_HASH.test(value)) return plain;
  return clicks.newestByFbclidHash(workspaceId, value);
}
