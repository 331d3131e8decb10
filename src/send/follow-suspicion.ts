import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { conversionPerson, findSuspicions } from './suspicion.ts';
import { refreshSyncStatus } from './sync-status.ts';
import { type NotedDelivery, recordNotes } from './withheld-log.ts';

const CHANGES_A_ROUND = 50;
const CONVERSIONS_A_ROUND = 500;

/**
 * Follows people who became suspicious or are no longer, and workspaces that keep them out from now on or no more:
 * what was kept back and is still in its window is due again, and what was never tried is kept back. Returns of how
 * many conversions something changed. One sender at a time: two that flip the same deliveries could miss each other.
 */
export async function followSuspicion(db: Kysely<Database>, now: Date): Promise<number> {
  const { rows } = await sql<{ isWaiting: boolean }>`
    select exists(select from suspicion_changes) as "isWaiting"`.execute(db);
  if (!rows[0]?.isWaiting) return 0;
  return db.transaction().execute(async (tx) => {
    if (!(await takeTurn(tx))) return 0;
    const conversionIds = await findTouched(tx, await claimChanges(tx), now);
    const suspicions = await findSuspicions(tx, { conversionIds, holds: false });
    const isKept = (id: string) => (suspicions.get(id)?.reason ?? null) !== null;
    const kept = conversionIds.filter(isKept).map((id) => ({ id, reason: suspicions.get(id)?.reason }));
    const given = conversionIds.filter((id) => !isKept(id));
    const noted = [...(await keepBack(tx, kept, now)), ...(await giveBack(tx, given, now))];
    await recordNotes(tx, noted, now);
    const flipped = [...new Set(noted.map((delivery) => delivery.conversion_id))];
    await refreshSyncStatus(tx, flipped);
    return flipped.length;
  });
}

async function takeTurn(tx: Transaction<Database>): Promise<boolean> {
  const { rows } = await sql<{ mine: boolean }>`
    select pg_try_advisory_xact_lock(hashtext('suspicion')) as mine`.execute(tx);
  return rows[0]?.mine === true;
}

interface Change {
  readonly subject: 'bot_user' | 'lead' | 'workspace';
  readonly id: string;
}

async function claimChanges(tx: Transaction<Database>): Promise<readonly Change[]> {
  const { rows } = await sql<Change>`
    delete from suspicion_changes where (subject, subject_id) in (
      select subject, subject_id from suspicion_changes order by changed_at limit ${CHANGES_A_ROUND}
      for update skip locked
    ) returning subject, subject_id as id`.execute(tx);
  return rows;
}

/** Conversions of which a delivery may have to be kept back or given back. */
async function findTouched(
  tx: Transaction<Database>,
  changes: readonly Change[],
  now: Date,
): Promise<readonly string[]> {
  const ids = (subject: Change['subject']) =>
    changes.filter((change) => change.subject === subject).map((change) => change.id);
  const [people, leads] = [ids('bot_user'), ids('lead')];
  const { rows } = await sql<{ id: string }>`
    with touched as (
      select conversion_id from conversions where bot_user_id = any(${people}::uuid[])
      union select conversion_id from conversions where lead_id = any(${leads}::uuid[])
      union select c.conversion_id from payments p join conversions c on c.payment_id = p.id
        where p.bot_user_id = any(${people}::uuid[])
      union select c.conversion_id from bot_starts s join conversions c on c.tracking_token = s.tracking_token
        where s.bot_user_id = any(${people}::uuid[]))
    select distinct c.conversion_id as id from touched t
    join conversions c on c.conversion_id = t.conversion_id
    join deliveries d on d.conversion_id = c.conversion_id
    where ${isUntried(now)} or ${isKeptBack(now)}`.execute(tx);
  const found = rows.map(({ id }) => id);
  for (const id of ids('workspace')) found.push(...(await findOfWorkspace(tx, id, now)));
  return [...new Set(found)];
}

/** The next of a workspace; while there are more, its change stays. */
async function findOfWorkspace(tx: Transaction<Database>, workspaceId: string, now: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select c.conversion_id as id from workspaces w
    join deliveries d on d.workspace_id = w.workspace_id
    join conversions c on c.conversion_id = d.conversion_id
    where w.workspace_id = ${workspaceId} and not w.keep_suspicious_out and ${isKeptBack(now)}
    union
    select c.conversion_id from workspaces w
    join destinations a on a.workspace_id = w.workspace_id
    join deliveries d on d.destination_id = a.destination_id
    join conversions c on c.conversion_id = d.conversion_id
    left join user_profiles u on u.bot_user_id = ${conversionPerson}
    left join lead_profiles l on l.lead_id = c.lead_id
    where w.workspace_id = ${workspaceId} and w.keep_suspicious_out and ${isUntried(now)}
      and case when c.lead_id is null then u.is_suspicious else l.is_suspicious end
    limit ${CONVERSIONS_A_ROUND}`.execute(tx);
  if (rows.length === CONVERSIONS_A_ROUND) {
    await sql`select note_suspicion_change('workspace', ${workspaceId}::uuid)`.execute(tx);
  }
  return rows.map(({ id }) => id);
}

/** Nothing of it has gone out: what was tried may have arrived, and goes on. */
const isUntried = (now: Date) => sql<boolean>`(d.state = 'due' and d.action = 'send' and d.attempts = 0
  and d.request_id is null and (d.claimed_until is null or d.claimed_until <= ${now}))`;

/** A newer revision has a delivery of its own, and a consent that was taken back stays so. */
const isKeptBack = (now: Date) => sql<boolean>`(d.state = 'skipped' and d.reason like 'suspicious:%'
  and d.deadline_at > ${now} and d.revision = c.revision and c.consent = 'granted')`;

const NOTED = sql`d.delivery_id, d.workspace_id, d.conversion_id, d.destination_id, d.platform`;

async function keepBack(
  tx: Transaction<Database>,
  kept: readonly { readonly id: string; readonly reason: string | null | undefined }[],
  now: Date,
): Promise<readonly NotedDelivery[]> {
  if (kept.length === 0) return [];
  const { rows } = await sql<NotedDelivery>`
    update deliveries d set state = 'skipped', reason = r.reason, settled_at = ${now}, claimed_by = null,
      claimed_until = null
    from json_to_recordset(${JSON.stringify(kept)}::json) as r(id uuid, reason text)
    where d.conversion_id = r.id and ${isUntried(now)}
    returning ${NOTED}, 'skipped: ' || d.reason as note`.execute(tx);
  return rows;
}

async function giveBack(
  tx: Transaction<Database>,
  conversionIds: readonly string[],
  now: Date,
): Promise<readonly NotedDelivery[]> {
  if (conversionIds.length === 0) return [];
  const { rows } = await sql<NotedDelivery>`
    update deliveries d set state = 'due', reason = null, settled_at = null, next_attempt_at = ${now}
    from conversions c
    where c.conversion_id = d.conversion_id and c.conversion_id = any(${[...conversionIds]}::uuid[])
      and ${isKeptBack(now)}
    returning ${NOTED}, 'planned again: no longer kept out as suspicious' as note`.execute(tx);
  await sql`
    update conversions set plan_outcome = null
    where conversion_id = any(${rows.map((row) => row.conversion_id)}::uuid[])
      and plan_outcome like 'skipped: suspicious:%'`.execute(tx);
  return rows;
}
