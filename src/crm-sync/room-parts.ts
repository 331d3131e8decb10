import type { Kysely } from 'kysely';
import type { Clock } from '../io/clock.ts';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';
import type { Mailer } from '../io/mail.ts';
import type { Outbound } from '../io/outbound.ts';
import type { Vault } from '../io/vault.ts';
import type { LeadTools } from '../leads/lead-tools.ts';
import type { TokenStore } from './tokens.ts';

/** What the connections room needs of the others. */
export interface CrmRoomOptions {
  readonly db: Kysely<Database>;
  readonly vault: Vault;
  readonly outbound: Outbound;
  readonly mailer: Mailer;
  readonly logger: Logger;
  readonly clock: Clock;
  /** No trailing slash. */
  readonly publicUrl: string;
  /** Base URLs by the name of their variable. */
  readonly bases: Readonly<Record<string, string | undefined>>;
  /** The secret in the webhook address of a connection whose CRM signs nothing. */
  readonly webhookKey: (connectionId: string) => string;
  readonly leads: LeadTools;
}

/** What the parts of the room work with. */
export interface CrmRoomParts extends CrmRoomOptions {
  readonly tokens: TokenStore;
}
