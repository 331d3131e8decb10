import type { Kysely } from 'kysely';
import type { Clock } from '../io/clock.ts';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';
import type { BotAccess } from './bot-access.ts';
import type { Checkout } from './checkout.ts';

/** What carrying out the buttons needs. */
export interface DueUpdatesOptions extends BotAccess {
  readonly db: Kysely<Database>;
  readonly checkout: Checkout;
  readonly clock: Clock;
  readonly logger: Logger;
}
