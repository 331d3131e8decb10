import type { HttpResponse } from '../domain/http-message.ts';
import type { Retry, Unauthorized } from '../domain/outcome.ts';
import type { Clock } from '../io/clock.ts';
import type { Outbound } from '../io/outbound.ts';
import { retryRequest } from '../platforms/answers.ts';
import type { OpenedToken } from '../platforms/platform.ts';

/** An access token, or why there is none, with the answer that says so. */
export type TokenResult =
  | { readonly kind: 'token'; readonly token: string; readonly isFresh: boolean }
  | {
      readonly kind: 'failed';
      readonly outcome: Retry | Unauthorized;
      readonly response: HttpResponse | null;
      readonly durationMs: number;
    };

/** Whose token it is: a destination with its credentials, so that new credentials never use an old token. */
export interface TokenOwner {
  readonly destinationId: string;
  readonly credentials: unknown;
}

/** Short-lived access tokens in memory, each kept until shortly before its end. */
export interface AccessTokens {
  find(owner: TokenOwner, opened: OpenedToken): Promise<TokenResult>;
  /** Forgets a token that was refused. */
  drop(owner: TokenOwner): void;
}

interface KeptToken {
  readonly credentials: string;
  readonly token: string;
  readonly endsAt: number;
}

const TIMEOUT_MS = 10_000;

/** A token is not used in its last minute: the request that carries it takes its time. */
const MARGIN_MS = 60_000;

/** Opens an empty store of tokens. */
export function openAccessTokens({
  outbound,
  clock,
}: {
  readonly outbound: Outbound;
  readonly clock: Clock;
}): AccessTokens {
  const kept = new Map<string, KeptToken>();
  return {
    async find(owner, opened) {
      const credentials = JSON.stringify(owner.credentials);
      const known = kept.get(owner.destinationId);
      if (known && known.credentials === credentials && known.endsAt > clock.now()) {
        return { kind: 'token', token: known.token, isFresh: false };
      }
      const result = await outbound.send(opened.buildRequest(), { timeoutMs: TIMEOUT_MS, trust: 'vendor' });
      const { durationMs } = result;
      if (result.kind === 'failure') {
        return { kind: 'failed', outcome: retryRequest(result.detail), response: null, durationMs };
      }
      const answer = opened.readResponse(result.response);
      if (answer.kind !== 'token')
        return { kind: 'failed', outcome: answer, response: result.response, durationMs };
      const endsAt = clock.now() + answer.expiresInMs - MARGIN_MS;
      kept.set(owner.destinationId, { credentials, token: answer.token, endsAt });
      return { kind: 'token', token: answer.token, isFresh: true };
    },
    drop: (owner) => {
      kept.delete(owner.destinationId);
    },
  };
}
