import { createHash } from 'node:crypto';
import type { CrmToken } from '../crms/crm.ts';
import type { CrmConnection } from './connections.ts';

/** OAuth access tokens of this process, by connection and credentials; kept in memory only. */
export interface TokenStore {
  get(connection: CrmConnection, now: number): CrmToken | null;
  set(connection: CrmConnection, token: CrmToken, now: number): void;
  /** The CRM refuses it before its time. */
  drop(connection: CrmConnection): void;
}

/** A token that is as good as over is not begun with. */
const MARGIN_MS = 60_000;

/** Makes an empty store. */
export function createTokenStore(): TokenStore {
  const tokens = new Map<string, { readonly token: CrmToken; readonly expiresAt: number }>();
  return {
    get(connection, now) {
      const kept = tokens.get(keyOf(connection));
      return kept && kept.expiresAt > now ? kept.token : null;
    },
    set(connection, token, now) {
      const expiresAt = now + Math.max(MARGIN_MS, token.expiresInSeconds * 1000 - MARGIN_MS);
      tokens.set(keyOf(connection), { token, expiresAt });
    },
    drop(connection) {
      tokens.delete(keyOf(connection));
    },
  };
}

/** Changed credentials are another account, perhaps. */
function keyOf({ connectionId, credentials }: CrmConnection): string {
  return `${connectionId}:${createHash('sha256').update(JSON.stringify(credentials)).digest('base64')}`;
}
