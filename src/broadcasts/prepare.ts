import { type Kysely, type RawBuilder, sql } from 'kysely';
import { isOptedOut } from '../bot/opt-outs.ts';
import type { Database } from '../io/database.gen.ts';
import { DEFAULT_WEIGHTS, findProfileRules } from '../profiles/profile-rules.ts';
import { readFilter } from '../segments/read-filter.ts';
import { buildBotUserQuery } from '../segments/segment-query.ts';
import type { BroadcastRow } from './broadcast-row.ts';

/** Rows of `bot_users` looked at in one transaction. */
const BATCH = 1_000;

/** Whom a broadcast could reach: of a workspace, in bots, by a filter. */
export interface Audience {
  readonly workspaceId: string;
  readonly botIds: readonly string[];
  /** JSON of a segment's filter; null = everybody in the bots. */
  readonly filter: unknown;
  /** The moment that the filter's days are counted from, and the zone in which they begin. */
  readonly now: Date;
  readonly zone: string;
}

/** Condition on `bot_users u` that is true for the audience. Below zero there is no person: they were erased. */
function buildCondition(db: Kysely<Database>, audience: Audience): RawBuilder<unknown> {
  const { workspaceId, filter, zone, now } = audience;
  const inBots = sql`u.workspace_id = ${workspaceId} and u.bot_id = any(${[...audience.botIds]}::uuid[])
    and u.telegram_user_id > 0`;
  if (filter === null) return inBots;
  const reading = readFilter(filter, 'bot_users');
  if (reading.kind === 'bad') throw new TypeError('the frozen filter of a broadcast cannot be read');
  const members = buildBotUserQuery(db, { workspaceId, filter: reading.filter, zone, now });
  return sql`${inBots} and u.id in (${members})`;
}

/** How many people there are, each counted once. */
async function countAudience(db: Kysely<Database>, audience: Audience): Promise<number> {
  const { rows } = await sql<{ people: number }>`
    select count(distinct u.telegram_user_id)::int as people from bot_users u
    where ${buildCondition(db, audience)}`.execute(db);
  return rows[0]?.people ?? 0;
}

/**
 * Lists the next people of a broadcast that is being prepared; false if there is none, or another worker is at it. One
 * transaction: after a crash it goes on at the person where it was.
 */
export async function prepareBatch(
  db: Kysely<Database>,
  broadcastId: string,
  zoneOf: (workspaceId: string) => string,
  batch: number = BATCH,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const broadcast = await tx
      .selectFrom('broadcasts')
      .selectAll()
      .where('broadcast_id', '=', broadcastId)
      .where('state', '=', 'preparing')
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (!broadcast) return false;
    const audience: Audience = {
      workspaceId: broadcast.workspace_id,
      botIds: broadcast.bot_ids,
      filter: broadcast.filter,
      now: broadcast.starts_at ?? broadcast.started_at ?? new Date(),
      zone: zoneOf(broadcast.workspace_id),
    };
    const expected = broadcast.expected ?? (await countAudience(tx, audience));
    const { seen, highest } = await insertBatch(tx, { broadcast, audience, batch });
    const isLast = seen < batch;
    await tx
      .updateTable('broadcasts')
      .set({ expected, prepared_to: isLast ? highest : String(BigInt(highest ?? 0) - 1n) })
      .set(isLast ? { state: 'sending', prepared_at: sql<Date>`now()` } : {})
      .where('broadcast_id', '=', broadcastId)
      .execute();
    return true;
  });
}

/**
 * A person in several bots gets one row: in the bot where something may be sent, the last one they wrote to first. The
 * last person of a full batch may have more rows behind it, and waits for the next one.
 */
async function insertBatch(
  tx: Kysely<Database>,
  of: { readonly broadcast: BroadcastRow; readonly audience: Audience; readonly batch: number },
): Promise<{ seen: number; highest: string | null }> {
  const { broadcast, audience, batch } = of;
  const { broadcast_id, workspace_id, campaign_key, leaves_out } = broadcast;
  const rules = (await findProfileRules(tx, [workspace_id])).get(workspace_id);
  const botScore = (rules?.weights ?? DEFAULT_WEIGHTS).suspicious_bot_score;
  const { rows } = await sql<{ seen: number; highest: string | null }>`
    with candidates as materialized (
      select u.id, u.bot_id, u.telegram_user_id, u.last_interaction, u.is_blocked, u.is_bot_detected from bot_users u
      where ${buildCondition(tx, audience)} and u.telegram_user_id > ${broadcast.prepared_to ?? '0'}
      order by u.telegram_user_id limit ${batch}),
    ends as (select count(*)::int as seen, max(telegram_user_id) as highest from candidates),
    judged as (
      select c.*, case
        when ${isOptedOut(workspace_id, sql.ref('c.telegram_user_id'))} then 'opted_out'
        when c.is_blocked then 'blocked'
        when ${leaves_out} <> 'nobody' and (c.is_bot_detected or p.bot_score >= ${botScore}) then 'bot'
        when ${leaves_out} = 'suspicious' and p.is_suspicious then 'suspicious'
        when exists (select from broadcast_recipients r where r.workspace_id = ${workspace_id}
          and r.campaign_key = ${campaign_key} and r.telegram_user_id = c.telegram_user_id
          and r.state in ('due', 'sending', 'sent', 'unknown')) then 'campaign'
        end as reason
      from candidates c left join user_profiles p on p.bot_user_id = c.id, ends
      where ends.seen < ${batch} or c.telegram_user_id < ends.highest),
    chosen as (
      select distinct on (telegram_user_id) * from judged
      order by telegram_user_id, reason is not null, last_interaction desc, id),
    inserted as (
      insert into broadcast_recipients (broadcast_id, telegram_user_id, workspace_id, bot_id, bot_user_id,
        campaign_key, state, reason, settled_at)
      select ${broadcast_id}, telegram_user_id, ${workspace_id}, bot_id, id, ${campaign_key},
        case when reason is null then 'due' else 'skipped' end, reason,
        case when reason is null then null else now() end
      from chosen on conflict do nothing)
    select seen, highest from ends`.execute(tx);
  return rows[0] ?? { seen: 0, highest: null };
}
