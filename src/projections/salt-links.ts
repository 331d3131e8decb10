import { type Kysely, sql, type Transaction } from 'kysely';
import type { Click } from '../domain/click.ts';
import { buildIpHash } from '../domain/ip-hash.ts';
import { buildVisitorId, type VisitorTraits } from '../domain/visitor-id.ts';
import type { Database } from '../io/database.gen.ts';
import type { IpSalts } from '../io/ip-salts.ts';
import { rehashLeads } from '../leads/rehash-leads.ts';
import { type MarkedClick, markBursts } from './bot-bursts.ts';
import type { ClickFollowers } from './click-followers.ts';
import { type MovedHash, moveVisitors } from './visits/move-visitors.ts';
import type { Visit } from './visits/read-visit.ts';
import { recordSet } from './visits/record-set.ts';

/** What a hash under a salt of before is under the present one: of an address, or of a visitor. */
export interface HashLink extends MovedHash {
  readonly kind: 'ip' | 'visitor';
}

const LINKS = { kind: 'text', old_hash: 'text', new_hash: 'text' } as const;

/** The links of an address, one for each salt of before. */
export function listIpLinks({ current, previous }: IpSalts, ip: string): readonly HashLink[] {
  const newHash = buildIpHash(current, ip);
  return previous.flatMap((salt) => {
    const oldHash = buildIpHash(salt, ip);
    if (oldHash === null || newHash === null) return [];
    return [{ kind: 'ip' as const, old_hash: oldHash, new_hash: newHash }];
  });
}

/** The links of a visitor, one for each salt of before. */
export function listVisitorLinks({ current, previous }: IpSalts, traits: VisitorTraits): readonly HashLink[] {
  const newHash = buildVisitorId(current, traits);
  return previous.flatMap((salt) => {
    const oldHash = buildVisitorId(salt, traits);
    if (oldHash === null || newHash === null) return [];
    return [{ kind: 'visitor' as const, old_hash: oldHash, new_hash: newHash }];
  });
}

/** Joins what is told now to what is stored under salts of before, for those of whom no address was left to hash anew. */
export async function linkReturning(
  db: Transaction<Database>,
  salts: IpSalts,
  told: { readonly clicks: readonly Click[]; readonly visits: readonly Visit[] },
  followers: ClickFollowers | null,
): Promise<void> {
  if (salts.previous.length === 0) return;
  const ips = new Set([...told.clicks, ...told.visits].flatMap((one) => one.clientIp ?? []));
  const links = [...ips].flatMap((ip) => listIpLinks(salts, ip));
  const visitors = new Map(told.visits.map((visit) => [visit.traits.visitorId, visit]));
  for (const { clientIp: ip, userAgent, domainId } of visitors.values())
    links.push(...listVisitorLinks(salts, { ip, userAgent, domainId }));
  if (links.length === 0) return;
  const { rows } = await sql<HashLink>`
    update ip_hash_links l set new_hash = r.new_hash from ${recordSet(LINKS, links)}
    where l.kind = r.kind and l.old_hash = r.old_hash and l.new_hash is null
    returning l.kind, l.old_hash, l.new_hash`.execute(db);
  await spreadLinks(db, rows, followers);
}

/** Remembers what hashes have become; one that is known already stays. */
export async function saveLinks(db: Kysely<Database>, links: readonly HashLink[]): Promise<void> {
  if (links.length === 0) return;
  const byKey = new Map(links.map((link) => [`${link.kind} ${link.old_hash}`, link]));
  const sorted = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, link]) => link);
  await sql`
    insert into ip_hash_links (kind, old_hash, new_hash)
    select kind, old_hash, new_hash from ${recordSet(LINKS, sorted)}
    on conflict (kind, old_hash) do update set new_hash = excluded.new_hash, is_spread = false
    where ip_hash_links.new_hash is distinct from excluded.new_hash`.execute(db);
}

const MOVES = { old_hash: 'text', new_hash: 'text' } as const;

/**
 * Gives what is stored under the old hashes the new ones: clicks, leads, people in bots, visitors with their
 * journeys. Bursts that the change had torn are marked. Touches are left to `spreadToTouches`. How many rows.
 */
export async function spreadLinks(
  db: Transaction<Database>,
  links: readonly HashLink[],
  followers: ClickFollowers | null,
): Promise<number> {
  const moves = links.filter((link) => link.kind === 'ip');
  let rows = await moveVisitors(
    db,
    links.filter((link) => link.kind === 'visitor'),
  );
  if (moves.length === 0) return rows;
  const clicks = await moveClicks(db, moves);
  const marked = await markBursts(db, clicks);
  await followers?.marked(db, marked);
  rows += clicks.length + (await rehashLeads(db, moves));
  rows += (await followers?.rehashed(db, moves)) ?? 0;
  // What was linked by a change before this one leads on to the newest hash.
  await sql`
    update ip_hash_links l set new_hash = r.new_hash, is_spread = false from ${recordSet(LINKS, links)}
    where l.kind = r.kind and l.new_hash = r.old_hash`.execute(db);
  return rows;
}

async function moveClicks(
  db: Transaction<Database>,
  moves: readonly MovedHash[],
): Promise<readonly MarkedClick[]> {
  const { rows } = await sql<MarkedClick>`
    update clicks c set ip_hash = r.new_hash from ${recordSet(MOVES, moves)}
    where c.ip_hash = r.old_hash
    returning c.ip_hash as "ipHash", c.workspace_id as "workspaceId", host(c.client_ip) as "clientIp",
      c.client_user_agent as "clientUserAgent", c.created_at as "createdAt"`.execute(db);
  return rows;
}

const TOUCHES = 5_000;

/** Gives touches the new hashes of all links that are not spread yet, in stretches of their rows, and closes the links. How many rows. */
export async function spreadToTouches(db: Kysely<Database>): Promise<number> {
  const { rows: open } = await sql<{ is_there: boolean }>`
    select exists (select from ip_hash_links where new_hash is not null and not is_spread) as is_there`.execute(
    db,
  );
  if (!open[0]?.is_there) return 0;
  let after = { created_at: new Date(0), tracking_id: '00000000-0000-0000-0000-000000000000' };
  let changed = 0;
  for (;;) {
    const { rows } = await sql<typeof after & { is_moved: boolean }>`
      with stretch as materialized (
        select tracking_id, created_at, ip_hash from utm_tracking
        where (created_at, tracking_id) > (${after.created_at}, ${after.tracking_id}::uuid)
        order by created_at, tracking_id limit ${sql.lit(TOUCHES)}
      ), moved as (
        update utm_tracking t set ip_hash = l.new_hash from stretch s
        join ip_hash_links l on l.kind = 'ip' and l.old_hash = s.ip_hash and l.new_hash is not null
        where t.tracking_id = s.tracking_id and t.created_at = s.created_at and t.ip_hash = l.old_hash
        returning t.tracking_id)
      select s.tracking_id, s.created_at, m.tracking_id is not null as is_moved
      from stretch s left join moved m using (tracking_id) order by s.created_at, s.tracking_id`.execute(db);
    changed += rows.filter((row) => row.is_moved).length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < TOUCHES) break;
    after = last;
  }
  await sql`update ip_hash_links set is_spread = true where new_hash is not null and not is_spread`.execute(
    db,
  );
  return changed;
}
