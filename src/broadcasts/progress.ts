import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { type BroadcastRow, RECIPIENT_STATES, type RecipientState } from './broadcast-row.ts';

/** How far a broadcast is. */
export interface Progress {
  /** People listed so far. */
  readonly total: number;
  readonly counts: Readonly<Record<RecipientState, number>>;
  /** By state and reason: `skipped opted_out`. */
  readonly reasons: readonly {
    readonly state: RecipientState;
    readonly reason: string;
    readonly people: number;
  }[];
  /** Messages a second over the last ten. */
  readonly rate: number;
  /** Until nobody is due, at the pace of now; null while it does not send. */
  readonly etaSeconds: number | null;
  /** People who pressed "no more" under it. */
  readonly optOuts: number;
}

const RATE_SECONDS = 10;

interface Group {
  readonly state: RecipientState;
  readonly reason: string | null;
  readonly bot_id: string;
  readonly people: number;
  readonly recent: number;
}

/** Counts a broadcast's people, as of one moment. */
export async function findProgress(db: Kysely<Database>, broadcast: BroadcastRow): Promise<Progress> {
  const { broadcast_id: broadcastId } = broadcast;
  const { rows } = await sql<Group & { opt_outs: number }>`
    select r.state, r.reason, r.bot_id, count(*)::int as people,
      (count(*) filter (where r.state in ('sent', 'unknown') and r.attempts > 0
        and r.settled_at > now() - ${`${RATE_SECONDS} s`}::interval))::int as recent,
      (select count(*)::int from broadcast_opt_outs o
        where o.workspace_id = ${broadcast.workspace_id} and o.broadcast_id = ${broadcastId}) as opt_outs
    from broadcast_recipients r where r.broadcast_id = ${broadcastId}
    group by r.state, r.reason, r.bot_id`.execute(db);
  const sum = (of: readonly Group[]) => of.reduce((people, group) => people + group.people, 0);
  const counts = Object.fromEntries(
    RECIPIENT_STATES.map((state) => [state, sum(rows.filter((row) => row.state === state))]),
  ) as Record<RecipientState, number>;
  const rate = rows.reduce((recent, row) => recent + row.recent, 0) / RATE_SECONDS;
  return {
    total: sum(rows),
    counts,
    reasons: buildReasons(rows),
    rate,
    etaSeconds: broadcast.state === 'sending' ? buildEta(rows, broadcast.rate_per_second) : null,
    optOuts: rows[0]?.opt_outs ?? 0,
  };
}

function buildReasons(rows: readonly Group[]): Progress['reasons'] {
  const byReason = new Map<string, { state: RecipientState; reason: string; people: number }>();
  for (const { state, reason, people } of rows) {
    if (reason === null) continue;
    const key = `${state} ${reason}`;
    const before = byReason.get(key)?.people ?? 0;
    byReason.set(key, { state, reason, people: before + people });
  }
  return [...byReason.values()].sort((a, b) => b.people - a.people);
}

/** The bots send side by side: the one with the most people left is the last. */
function buildEta(rows: readonly Group[], ratePerSecond: number): number {
  const left = Map.groupBy(
    rows.filter(({ state }) => state === 'due' || state === 'sending'),
    (row) => row.bot_id,
  );
  const seconds = [...left.values()].map(
    (own) => own.reduce((people, row) => people + row.people, 0) / ratePerSecond,
  );
  return Math.ceil(Math.max(0, ...seconds));
}

/** What all open broadcasts of the server, and those of the last hour, have come to: for the metrics. */
export async function countRecent(db: Kysely<Database>): Promise<Record<string, number>> {
  const { rows } = await sql<{ state: string; people: number }>`
    select r.state, count(*)::int as people from broadcast_recipients r
    join broadcasts b on b.broadcast_id = r.broadcast_id
    where b.state <> 'draft' and (b.finished_at is null or b.finished_at > now() - interval '1 hour')
    group by r.state`.execute(db);
  return Object.fromEntries(rows.map((row) => [row.state, row.people]));
}

/** Messages a second that broadcasts have sent in the last ten, by bot: for the metrics. */
export async function findRates(db: Kysely<Database>): Promise<Record<string, number>> {
  const { rows } = await sql<{ username: string; sent: number }>`
    select o.username, count(*)::int as sent from broadcast_recipients r
    join broadcasts b on b.broadcast_id = r.broadcast_id join bots o on o.bot_id = r.bot_id
    where b.state <> 'draft' and (b.finished_at is null or b.finished_at > now() - ${`${RATE_SECONDS} s`}::interval)
      and r.state = 'sent' and r.settled_at > now() - ${`${RATE_SECONDS} s`}::interval
    group by o.username`.execute(db);
  return Object.fromEntries(rows.map((row) => [row.username, row.sent / RATE_SECONDS]));
}
