import type { Kysely } from 'kysely';
import type { Clock } from '../io/clock.ts';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';
import type { Outbound } from '../io/outbound.ts';
import type { Vault } from '../io/vault.ts';
import type { Platform } from '../platforms/platform.ts';
import type { Registry } from '../settings/types.ts';
import type { AccessTokens } from './access-tokens.ts';

/** What sending needs of the program. */
export interface LaneTools {
  readonly db: Kysely<Database>;
  /** Opens the contacts of leads. */
  readonly vault: Vault;
  readonly registry: Registry;
  readonly outbound: Outbound;
  readonly tokens: AccessTokens;
  readonly findPlatform: (id: string) => Platform | undefined;
  /** Base URL of an outside service by its configuration name, for a workspace; no trailing slash. */
  readonly baseUrl: (name: string, workspaceId: string) => string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the waiting for a database that is away; absent where nobody stops the sender. */
  readonly stopping?: AbortSignal;
}
