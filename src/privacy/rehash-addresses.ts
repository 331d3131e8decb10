import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { IpSalts } from '../io/ip-salts.ts';
import type { ClickFollowers } from '../projections/click-followers.ts';
import {
  type HashLink,
  listIpLinks,
  listVisitorLinks,
  saveLinks,
  spreadLinks,
  spreadToTouches,
} from '../projections/salt-links.ts';

/** What hashing anew takes. */
export interface RehashOptions {
  readonly salts: IpSalts;
  readonly followers: ClickFollowers;
  /** When the present salt came into use. */
  readonly since: Date;
  /** Only counts. */
  readonly isDryRun: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Addresses and visitors whose hashes could be worked out anew, those that wait to come again, and rows changed. */
export interface RehashCounts {
  readonly addresses: number;
  readonly visitors: number;
  readonly rows: number;
  readonly waiting: number;
}

const DAY_MS = 86_400_000;
const BATCH = 500;

/** A stretch of time, so that no statement looks at a year at once. */
interface Window {
  readonly from: Date;
  readonly to: Date;
}

/**
 * Works the hashes of all stored addresses out anew, where the address itself is still there; of the others it is
 * noted that they wait to come again. Stopped, it is begun anew and finds most of it done.
 */
export async function rehashAddresses(db: Kysely<Database>, options: RehashOptions): Promise<RehashCounts> {
  const windows = await listWindows(db);
  const progress = countSteps(options, windows.length * 2 + 1);
  const found = { ip: new Set<string>(), visitor: new Set<string>() };
  let rows = 0;
  for (const window of windows) {
    options.signal?.throwIfAborted();
    const links = [...(await findIps(db, options, window)), ...(await findVisitors(db, options, window))];
    for (const link of links) found[link.kind].add(link.new_hash);
    if (!options.isDryRun) rows += await linkAll(db, links, options);
    progress();
  }
  const people = await findPeople(db, options);
  for (const link of people) found.ip.add(link.new_hash);
  if (!options.isDryRun) rows += (await linkAll(db, people, options)) + (await spreadToTouches(db));
  progress();
  let waiting = 0;
  for (const window of windows) {
    options.signal?.throwIfAborted();
    waiting += await noteWaiting(db, window, options);
    progress();
  }
  return { addresses: found.ip.size, visitors: found.visitor.size, rows, waiting };
}

function countSteps({ onProgress }: RehashOptions, total: number): () => void {
  let done = 0;
  return () => {
    done += 1;
    onProgress?.(done, total);
  };
}

/** Days from the first stored fact until now. */
async function listWindows(db: Kysely<Database>): Promise<readonly Window[]> {
  const { rows } = await sql<{ first: Date | null }>`
    select least((select min(created_at) from clicks), (select min(created_at) from utm_tracking),
      (select min(created_at) from leads), (select min(started_at) from sessions)) as first`.execute(db);
  const first = rows[0]?.first?.getTime();
  if (first === undefined) return [];
  const windows: Window[] = [];
  // A day more: clocks of browsers may be ahead.
  for (let from = first; from <= Date.now() + DAY_MS; from += DAY_MS)
    windows.push({ from: new Date(from), to: new Date(from + DAY_MS) });
  return windows;
}

async function findIps(
  db: Kysely<Database>,
  { salts }: RehashOptions,
  { from, to }: Window,
): Promise<readonly HashLink[]> {
  const within = sql`client_ip is not null and created_at >= ${from} and created_at < ${to}`;
  const { rows } = await sql<{ ip: string }>`
    select host(client_ip) as ip from clicks where ${within}
    union select host(client_ip) from utm_tracking where ${within}
    union select host(client_ip) from leads where ${within}`.execute(db);
  return rows.flatMap(({ ip }) => listIpLinks(salts, ip));
}

/** A visitor is whom one of these salts made of the touch's address and browser; of another touch it stays as it is. */
async function findVisitors(
  db: Kysely<Database>,
  { salts }: RehashOptions,
  { from, to }: Window,
): Promise<readonly HashLink[]> {
  const { rows } = await sql<{ visitor_id: string; domain_id: string; ip: string; agent: string | null }>`
    select distinct s.visitor_id, s.domain_id, host(t.client_ip) as ip, t.user_agent as agent
    from utm_tracking t join sessions s on s.session_id = t.session_id and s.workspace_id = t.workspace_id
    where t.client_ip is not null and s.visitor_id is not null
      and t.created_at >= ${from} and t.created_at < ${to}`.execute(db);
  return rows.flatMap(({ visitor_id, domain_id, ip, agent }) =>
    listVisitorLinks(salts, { ip, userAgent: agent, domainId: domain_id }).filter(
      (link) => link.old_hash === visitor_id,
    ),
  );
}

async function findPeople(db: Kysely<Database>, { salts }: RehashOptions): Promise<readonly HashLink[]> {
  const { rows } = await sql<{ ip: string }>`
    select distinct host(ip_address) as ip from bot_users where ip_address is not null`.execute(db);
  return rows.flatMap(({ ip }) => listIpLinks(salts, ip));
}

async function linkAll(
  db: Kysely<Database>,
  links: readonly HashLink[],
  { followers, signal }: RehashOptions,
): Promise<number> {
  await saveLinks(db, links);
  let rows = 0;
  for (let start = 0; start < links.length; start += BATCH) {
    signal?.throwIfAborted();
    const batch = links.slice(start, start + BATCH);
    rows += await db.transaction().execute(async (tx) => {
      // Folds hold sessions and visitors in an order of their own: they wait for these few.
      await sql`lock table log_checkpoints in exclusive mode`.execute(tx);
      return spreadLinks(tx, batch, followers);
    });
  }
  return rows;
}

/** Hashes that nothing could be made of: they are looked for when their addresses come again. */
async function noteWaiting(
  db: Kysely<Database>,
  { from, to }: Window,
  { since, isDryRun }: RehashOptions,
): Promise<number> {
  const until = to < since ? to : since;
  const gone = (table: string): RawBuilder<unknown> => sql`
    select 'ip' as kind, ip_hash as old_hash from ${sql.table(table)}
    where ip_hash is not null and client_ip is null and created_at >= ${from} and created_at < ${until}`;
  const waiting = sql`
    select kind, old_hash from (${gone('clicks')} union ${gone('utm_tracking')} union ${gone('leads')}
      union select 'visitor', visitor_id from sessions
      where visitor_id is not null and started_at >= ${from} and started_at < ${until}) w
    where not exists (select from ip_hash_links l where l.kind = w.kind and l.new_hash = w.old_hash)`;
  const { rows } = await sql<{ found: string }>`select count(*) as found from (${waiting}) w`.execute(db);
  if (!isDryRun && rows[0]?.found !== '0')
    await sql`insert into ip_hash_links (kind, old_hash) ${waiting} on conflict do nothing`.execute(db);
  return Number(rows[0]?.found ?? 0);
}
