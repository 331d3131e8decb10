import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Click } from '../domain/click.ts';
import { readPublicIp } from '../domain/public-ip.ts';
import type { Database } from '../io/database.gen.ts';

/**
 * More clicks than this of one address with one user agent within one minute of the clock are a burst. A carrier's
 * address is shared by many people, but hardly by this many with the same phone, app and build in one minute.
 */
export const MOST_CLICKS_A_MINUTE = 30;

/** How many clicks are like a click, itself included, counted to one more than the limit; for rows of `c`. */
export const countAlike: RawBuilder<number> = sql<number>`(
  select count(*)::int from (
    select from clicks b
    where b.ip_hash = c.ip_hash and b.workspace_id = c.workspace_id
      and b.client_user_agent is not distinct from c.client_user_agent
      and b.created_at >= date_trunc('minute', c.created_at)
      and b.created_at < date_trunc('minute', c.created_at) + interval '1 minute'
    limit ${sql.lit(MOST_CLICKS_A_MINUTE + 1)}
  ) as counted)`;

/** Whether bursts from an address mean anything: behind a proxy that is not trusted, everybody has its private one. */
export const canBurst = (clientIp: string | null): boolean => readPublicIp(clientIp) !== null;

/** What of a click tells which burst it may belong to. */
export type MarkedClick = Pick<
  Click,
  'ipHash' | 'workspaceId' | 'clientIp' | 'clientUserAgent' | 'createdAt'
>;

/** Marks the bursts that these stored clicks belong to, whole: the first clicks of a burst too. Returns whose tokens. */
export async function markBursts(
  db: Transaction<Database>,
  inserted: readonly MarkedClick[],
): Promise<readonly string[]> {
  const keys = new Map<
    string,
    { ip_hash: string; workspace_id: string; agent: string | null; minute: Date }
  >();
  for (const { ipHash, workspaceId, clientIp, clientUserAgent, createdAt } of inserted) {
    if (ipHash === null || !canBurst(clientIp)) continue;
    const minute = new Date(Math.floor(createdAt.getTime() / 60_000) * 60_000);
    const key = { ip_hash: ipHash, workspace_id: workspaceId, agent: clientUserAgent, minute };
    keys.set(`${workspaceId} ${ipHash} ${minute.getTime()} ${clientUserAgent}`, key);
  }
  if (keys.size === 0) return [];
  const minutes = [...keys.values()].map(({ minute }) => minute.getTime());
  const from = new Date(Math.min(...minutes));
  const to = new Date(Math.max(...minutes) + 60_000);
  const hashes = [...new Set([...keys.values()].map(({ ip_hash }) => ip_hash))];
  // Each minute is read once at most. A look for each key took, of new rows that the planner knows nothing of, the index
  // of the whole workspace: a thousand keys a batch read the same minute a thousand times (5 ms a click).
  const { rows } = await sql<{ token: string }>`
    with keys as materialized (
      select * from json_to_recordset(${JSON.stringify([...keys.values()])}::json)
        as k(ip_hash text, workspace_id uuid, agent text, minute timestamptz)
    ), busy as materialized (
      select b.ip_hash, b.workspace_id, b.client_user_agent as agent, m.minute
      from (select distinct minute from keys) m
      join clicks b on b.created_at >= m.minute and b.created_at < m.minute + interval '1 minute'
        and b.created_at >= ${from} and b.created_at < ${to} and b.ip_hash = any(${hashes})
      group by 1, 2, 3, 4 having count(*) > ${sql.lit(MOST_CLICKS_A_MINUTE)}
    ), bursts as materialized (
      select k.* from keys k join busy b on b.ip_hash = k.ip_hash and b.workspace_id = k.workspace_id
        and b.minute = k.minute and b.agent is not distinct from k.agent
    )
    update clicks c set is_bot_detected = true, bot_reasons = array_append(c.bot_reasons, 'burst'),
      bot_class = coalesce(c.bot_class, 'burst')
    from bursts k
    where c.ip_hash = k.ip_hash and c.workspace_id = k.workspace_id
      and c.client_user_agent is not distinct from k.agent
      and c.created_at >= k.minute and c.created_at < k.minute + interval '1 minute'
      and c.created_at >= ${from} and c.created_at < ${to}
      and not ('burst' = any(c.bot_reasons))
    returning c.tracking_token as token`.execute(db);
  return rows.map((row) => row.token);
}
