import { type Kysely, type Selectable, sql } from 'kysely';
import { isWaiting } from '../bot/bot-waits.ts';
import type { Database } from '../io/database.gen.ts';
import type { BroadcastRow, BroadcastState } from './broadcast-row.ts';

/** A broadcast that is not over, as the loop looks at it. */
export type OpenBroadcast = Pick<
  Selectable<Database['broadcasts']>,
  'broadcast_id' | 'workspace_id' | 'bot_ids' | 'starts_at' | 'quiet_from' | 'quiet_to'
> & { readonly state: BroadcastState };

/** Every broadcast that somebody may have to do something for; reads one small index. */
export async function listOpen(db: Kysely<Database>): Promise<OpenBroadcast[]> {
  const { rows } = await sql<OpenBroadcast>`
    select broadcast_id, workspace_id, bot_ids, state, starts_at, quiet_from, quiet_to from broadcasts
    where state <> 'draft' and finished_at is null order by broadcast_id`.execute(db);
  return rows;
}

/** Begins a scheduled broadcast whose time has come. */
export async function beginScheduled(db: Kysely<Database>, broadcastId: string): Promise<void> {
  await sql`
    update broadcasts set state = 'preparing', updated_at = now()
    where broadcast_id = ${broadcastId} and state = 'scheduled' and starts_at <= now()`.execute(db);
}

/** Bots in which somebody of these broadcasts is due now, without those that Telegram told to wait. */
export async function findDueBots(db: Kysely<Database>, broadcastIds: readonly string[]): Promise<string[]> {
  if (broadcastIds.length === 0) return [];
  const { rows } = await sql<{ bot_id: string }>`
    select distinct own.bot_id from broadcasts b cross join lateral unnest(b.bot_ids) as own(bot_id)
    where b.broadcast_id = any(${[...broadcastIds]}::uuid[]) and b.state = 'sending' and not ${isWaiting('own.bot_id')}
      and exists (select from broadcast_recipients r where r.broadcast_id = b.broadcast_id
        and r.bot_id = own.bot_id and r.state = 'due' and r.next_attempt_at <= now())`.execute(db);
  return rows.map((row) => row.bot_id);
}

/** The broadcasts of a bot that are being sent, oldest first. */
export function listSending(db: Kysely<Database>, botId: string): Promise<BroadcastRow[]> {
  return db
    .selectFrom('broadcasts')
    .selectAll()
    .where('state', '=', 'sending')
    .where('finished_at', 'is', null)
    .where(sql<boolean>`${botId}::uuid = any(bot_ids)`)
    .orderBy('broadcast_id')
    .execute();
}
