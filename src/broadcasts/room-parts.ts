import type { Kysely } from 'kysely';
import type { BotAccess } from '../bot/bot-access.ts';
import type { Clock } from '../io/clock.ts';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';

/** What sending broadcasts takes. */
export interface BroadcastTools extends BotAccess {
  readonly db: Kysely<Database>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long Telegram may take to answer; 15 s when absent. */
  readonly timeoutSeconds?: number;
  /** How long a lane keeps off a Telegram that does not answer; 30 s when absent. */
  readonly silenceMs?: number;
}

/** The workspace's zone; UTC for one that is gone. */
export const zoneOf = (tools: Pick<BroadcastTools, 'registry'>, workspaceId: string): string =>
  tools.registry.workspace(workspaceId)?.timezone ?? 'UTC';
