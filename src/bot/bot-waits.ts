import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** What Telegram asked of a bot. */
export interface BotWait {
  readonly botId: string;
  /** Milliseconds from now. */
  readonly waitMs: number;
  readonly description: string;
}

/** Telegram counts by bot: after its 429 neither a message that is owed nor a broadcast goes before the time. */
export async function saveBotWait(db: Kysely<Database>, wait: BotWait): Promise<void> {
  await sql`
    insert into bot_waits (bot_id, wait_until, reason)
    values (${wait.botId}, now() + ${`${wait.waitMs} ms`}::interval, ${wait.description})
    on conflict (bot_id) do update
      set wait_until = greatest(bot_waits.wait_until, excluded.wait_until), reason = excluded.reason`.execute(
    db,
  );
}

/** SQL that is true while a bot must wait; `botId` is a column of the statement around it. */
export const isWaiting = (botId: string) => sql<boolean>`exists (
  select from bot_waits w where w.bot_id = ${sql.ref(botId)} and w.wait_until > now())`;
