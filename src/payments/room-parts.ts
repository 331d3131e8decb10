import type { Kysely } from 'kysely';
import type { Click } from '../domain/click.ts';
import type { Clock } from '../io/clock.ts';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';
import type { Outbound } from '../io/outbound.ts';
import type { Vault } from '../io/vault.ts';
import type { Registry } from '../settings/types.ts';
import type { GatewayCaller } from './gateway-caller.ts';

/** What the payment room needs of the others. */
export interface PaymentRoomOptions {
  readonly db: Kysely<Database>;
  readonly registry: Registry;
  readonly vault: Vault;
  readonly outbound: Outbound;
  readonly logger: Logger;
  readonly clock: Clock;
  /** No trailing slash. */
  readonly publicUrl: string;
  /** Base URLs by gateway id, where they are not the gateways' own. */
  readonly gatewayBases: Readonly<Record<string, string | undefined>>;
  /** The secret of an account's webhooks; see `buildWebhookKey`. */
  readonly webhookKey: (accountId: string) => string;
  /** The click of a tracking token, also if it has not been folded into the tables yet. */
  readonly findClick: (trackingToken: string) => Promise<Click | null>;
}

/** What the parts of the room work with. */
export interface RoomParts extends PaymentRoomOptions {
  readonly gateways: GatewayCaller;
}
