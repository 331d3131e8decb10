import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { HotEntry, HotStore } from './hot-store.ts';

/** Opens the store in the database itself; it closes nothing. */
export function openTempStore(db: Kysely<Database>): HotStore {
  const alive = () => db.selectFrom('tracking_temp').where('expires_at', '>', sql<Date>`now()`);
  return {
    name: 'tracking_temp',
    get: async (token) => {
      const row = await alive()
        .select(sql<string>`data::text`.as('json'))
        .where('tracking_token', '=', token)
        .executeTakeFirst();
      return row?.json ?? null;
    },
    getTokenByFbclid: async (fbclid) => {
      const row = await alive()
        .select('tracking_token')
        .where('fbclid', '=', fbclid)
        .orderBy('expires_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row?.tracking_token ?? null;
    },
    set: (entries, ttlSeconds) => saveEntries(db, entries, ttlSeconds),
    ping: async () => {
      // A standby answers reads, and takes no click: there this divides by zero.
      await sql`select 1 / (1 - pg_is_in_recovery()::int), exists (select from tracking_temp)`.execute(db);
    },
    close: async () => undefined,
  };
}

async function saveEntries(
  db: Kysely<Database>,
  entries: readonly HotEntry[],
  ttlSeconds: number,
): Promise<void> {
  await sql`
    insert into tracking_temp (tracking_token, workspace_id, fbclid, data, expires_at)
    select tracking_token, workspace_id, fbclid, data, now() + ${ttlSeconds} * interval '1 second'
    from json_to_recordset(${`[${entries.map(buildRow).join()}]`}::json)
      as r(tracking_token text, workspace_id uuid, fbclid text, data jsonb)
    on conflict (tracking_token) do nothing`.execute(db);
}

/** The entry's own JSON goes in as it is: escaped into a string it would be read through twice, on either side. */
function buildRow({ token, workspaceId, fbclid, json }: HotEntry): string {
  const columns = JSON.stringify({ tracking_token: token, workspace_id: workspaceId, fbclid });
  return `${columns.slice(0, -1)},"data":${json}}`;
}

const BATCH = 5_000;

/** Removes what has expired; how many rows went. */
export async function removeExpired(db: Kysely<Database>, signal: AbortSignal): Promise<number> {
  let removed = 0;
  for (;;) {
    signal.throwIfAborted();
    const { numAffectedRows = 0n } = await sql`
      delete from tracking_temp where ctid = any (array(
        select ctid from tracking_temp where expires_at <= now() limit ${BATCH}
      ))`.execute(db);
    removed += Number(numAffectedRows);
    if (numAffectedRows < BATCH) return removed;
  }
}
