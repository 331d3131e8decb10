import { type Kysely, sql } from 'kysely';
import { isWaiting } from '../bot/bot-waits.ts';
import { isOptedOut } from '../bot/opt-outs.ts';
import type { Database } from '../io/database.gen.ts';

/** A person whom Telegram is about to be called for: the row says `sending`, and that is committed. */
export interface ClaimedRecipient {
  readonly broadcastId: string;
  readonly telegramUserId: string;
  readonly chatId: string;
  readonly attempts: number;
  readonly languageCode: string | null;
  /** Sealed. */
  readonly firstName: Buffer | null;
  readonly lastName: Buffer | null;
  readonly username: Buffer | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly isBlocked: boolean;
  readonly isOptedOut: boolean;
}

/** Whose turn is asked for. */
export interface Turn {
  readonly broadcastId: string;
  readonly botId: string;
  /** The lane's holder; who lost the lane gets nobody. */
  readonly holder: string;
}

/** Claims the next person of a broadcast in a bot, in a commit of its own; undefined if nobody is due or it was paused. */
export async function claimRecipient(
  db: Kysely<Database>,
  turn: Turn,
): Promise<ClaimedRecipient | undefined> {
  const { broadcastId, botId, holder } = turn;
  const { rows } = await sql<ClaimedRecipient>`
    with next as materialized (
      select r.telegram_user_id from broadcast_recipients r
      join broadcasts b on b.broadcast_id = r.broadcast_id and b.state = 'sending'
      where r.broadcast_id = ${broadcastId} and r.bot_id = ${botId} and r.state = 'due'
        and r.next_attempt_at <= now() and not ${isWaiting('r.bot_id')}
        and exists (select from broadcast_lanes l
          where l.bot_id = r.bot_id and l.holder = ${holder} and l.held_until > now())
      order by r.next_attempt_at limit 1 for update of r skip locked)
    update broadcast_recipients r
    set state = 'sending', attempts = r.attempts + 1, claimed_by = ${holder}, reason = null, detail = null
    from next, bot_users u
    where r.broadcast_id = ${broadcastId} and r.telegram_user_id = next.telegram_user_id and u.id = r.bot_user_id
    returning r.broadcast_id as "broadcastId", r.telegram_user_id as "telegramUserId", u.chat_id as "chatId",
      r.attempts, u.language_code as "languageCode", u.first_name as "firstName", u.last_name as "lastName",
      u.username, u.geo_city as city, u.geo_state as state, u.is_blocked as "isBlocked",
      ${isOptedOut(sql.ref('r.workspace_id'), sql.ref('r.telegram_user_id'))} as "isOptedOut"`.execute(db);
  return rows[0];
}

/** What became of a person. */
export interface RecipientEnd {
  readonly state: 'sent' | 'unknown' | 'failed' | 'skipped' | 'due';
  /** One word. */
  readonly reason?: string;
  /** Telegram's own words. */
  readonly detail?: string;
  readonly messageId?: number;
  /** For `due`: in so many ms. */
  readonly waitMs?: number;
  /** The attempt does not count: Telegram only asked to wait. */
  readonly isUncounted?: boolean;
}

const MOST_DETAIL = 500;

/** Writes down what became of a claimed person; a late answer still mends the `unknown` that somebody else wrote. */
export async function settleRecipient(
  db: Kysely<Database>,
  of: { readonly recipient: ClaimedRecipient; readonly holder: string; readonly end: RecipientEnd },
): Promise<void> {
  const { recipient, holder, end } = of;
  const isOver = end.state !== 'due';
  await db
    .updateTable('broadcast_recipients')
    .set({
      state: end.state,
      reason: end.reason ?? null,
      detail: end.detail?.slice(0, MOST_DETAIL).toWellFormed() ?? null,
      telegram_message_id: end.messageId === undefined ? null : String(end.messageId),
      settled_at: isOver ? sql<Date>`now()` : null,
      next_attempt_at: sql<Date>`now() + ${`${end.waitMs ?? 0} ms`}::interval`,
      attempts: sql<number>`attempts - ${end.isUncounted ? 1 : 0}`,
    })
    .where('broadcast_id', '=', recipient.broadcastId)
    .where('telegram_user_id', '=', recipient.telegramUserId)
    .where('claimed_by', '=', holder)
    .where('state', 'in', isOver ? ['sending', 'unknown'] : ['sending'])
    .execute();
}

const LOST = 'The worker ended between calling Telegram and recording the answer.';

/** Marks as unknown whom a worker called for and did not live to say what became of it. */
export async function markLost(db: Kysely<Database>, broadcastId: string): Promise<void> {
  await sql`
    update broadcast_recipients r set state = 'unknown', reason = 'lost', detail = ${LOST}, settled_at = now()
    where r.broadcast_id = ${broadcastId} and r.state = 'sending' and not exists (
      select from broadcast_lanes l
      where l.bot_id = r.bot_id and l.holder = r.claimed_by and l.held_until > now())`.execute(db);
}

const SWEEP = 5_000;

/** Skips who was not sent to before the stop; how many. */
export async function sweepStopped(db: Kysely<Database>, broadcastId: string): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update broadcast_recipients r set state = 'skipped', reason = 'stopped', settled_at = now()
    from (select telegram_user_id from broadcast_recipients
      where broadcast_id = ${broadcastId} and state = 'due' limit ${SWEEP} for update skip locked) as left_over
    where r.broadcast_id = ${broadcastId} and r.telegram_user_id = left_over.telegram_user_id`.execute(db);
  return Number(numAffectedRows);
}

/** Gives up who is due in bots that were removed or switched off; the table is asked, because a copy of it may be older. */
export async function failBotsOff(
  db: Kysely<Database>,
  broadcastId: string,
  botIds: readonly string[],
): Promise<void> {
  await sql`
    update broadcast_recipients r set state = 'failed', reason = 'bot_off', settled_at = now()
    where r.broadcast_id = ${broadcastId} and r.bot_id = any(${[...botIds]}::uuid[]) and r.state = 'due'
      and not exists (select from bots b where b.bot_id = r.bot_id and b.is_active)`.execute(db);
}

/** Ends a broadcast that has nobody left to send to. */
export async function finishBroadcast(db: Kysely<Database>, broadcastId: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    // Locked first, looked at after: a person may be asking at this moment that some be tried again.
    const { rows } = await sql`
      select from broadcasts where broadcast_id = ${broadcastId} and state in ('sending', 'stopped')
        and finished_at is null for update skip locked`.execute(tx);
    if (rows.length === 0) return;
    await sql`
      update broadcasts b set finished_at = now(), updated_at = now(),
        state = case b.state when 'sending' then 'done' else b.state end
      where b.broadcast_id = ${broadcastId} and not exists (select from broadcast_recipients r
        where r.broadcast_id = b.broadcast_id and r.state in ('due', 'sending'))`.execute(tx);
  });
}
