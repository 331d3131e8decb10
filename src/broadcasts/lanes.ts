import { type Kysely, sql } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';

/** The right to send a bot's broadcasts, until a moment of this process's own clock. */
export interface Lease {
  readonly holder: string;
  /** On the scale of `performance.now()`, a margin before the database lets somebody else have it. */
  validUntil: number;
  /** Milliseconds until the throttle lets the first message go: the holder before may have just sent one. */
  readonly waitMs: number;
}

const LEASE_MS = 6_000;
const MARGIN_MS = 1_500;

/** Takes a bot's lane; null while somebody else has it. */
export async function takeLane(db: Kysely<Database>, botId: string): Promise<Lease | null> {
  const holder = buildId();
  const askedAt = performance.now();
  const { rows } = await sql<{ wait: number }>`
    insert into broadcast_lanes (bot_id, holder, held_until)
    values (${botId}, ${holder}, now() + ${`${LEASE_MS} ms`}::interval)
    on conflict (bot_id) do update set holder = excluded.holder, held_until = excluded.held_until
      where broadcast_lanes.held_until <= now()
    returning greatest(0, extract(epoch from next_send_at - now()) * 1000)::float8 as wait`.execute(db);
  const [row] = rows;
  return row ? { holder, validUntil: askedAt + LEASE_MS - MARGIN_MS, waitMs: row.wait } : null;
}

/** Keeps the lane for longer when half of the time is over; false if it is lost. */
export async function keepLane(db: Kysely<Database>, botId: string, lease: Lease): Promise<boolean> {
  const askedAt = performance.now();
  if (lease.validUntil - askedAt > LEASE_MS / 2) return true;
  const kept = await sql`
    update broadcast_lanes set held_until = now() + ${`${LEASE_MS} ms`}::interval
    where bot_id = ${botId} and holder = ${lease.holder} and held_until > now()`.execute(db);
  if (kept.numAffectedRows !== 1n) return false;
  lease.validUntil = askedAt + LEASE_MS - MARGIN_MS;
  return true;
}

/** Gives the lane back; the next holder's first message keeps its distance from our last one. */
export async function releaseLane(
  db: Kysely<Database>,
  botId: string,
  { lease, waitMs }: { readonly lease: Lease; readonly waitMs: number },
): Promise<void> {
  await sql`
    update broadcast_lanes set held_until = now(),
      next_send_at = now() + ${`${Math.max(0, Math.ceil(waitMs))} ms`}::interval
    where bot_id = ${botId} and holder = ${lease.holder}`.execute(db);
}
