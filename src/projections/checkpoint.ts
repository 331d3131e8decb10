import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { LogKey } from '../log/capture-log.ts';
import type { LogCheckpoint } from '../log/segments.ts';

/** Before the first record. */
const LOG_START: LogCheckpoint = { segment: 0, offset: 0 };

/** How far one writer's log has been folded, and what was counted on the way. */
export interface FoldedSoFar {
  readonly checkpoint: LogCheckpoint;
  readonly records: number;
  readonly corrupt: number;
  readonly refused: number;
}

/** Reads how far a log has been folded; the start if it never was. */
export async function loadFolded(db: Kysely<Database>, key: LogKey): Promise<FoldedSoFar> {
  const row = await selectCheckpoint(db, key).executeTakeFirst();
  if (!row) return { checkpoint: LOG_START, records: 0, corrupt: 0, refused: 0 };
  const { segment, position, records, corrupt, refused } = row;
  return {
    checkpoint: { segment: Number(segment), offset: Number(position) },
    records: Number(records),
    corrupt: Number(corrupt),
    refused: Number(refused),
  };
}

/** Holds a log's checkpoint until the end of the transaction, so that two drains never fold the same records at once. */
export async function lockCheckpoint(db: Transaction<Database>, key: LogKey): Promise<LogCheckpoint> {
  const row = await selectCheckpoint(db, key).forUpdate().executeTakeFirst();
  if (row) return { segment: Number(row.segment), offset: Number(row.position) };
  await db
    .insertInto('log_checkpoints')
    .values({ instance_id: key.instanceId, writer: key.writer, segment: 0, position: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const made = await selectCheckpoint(db, key).forUpdate().executeTakeFirstOrThrow();
  return { segment: Number(made.segment), offset: Number(made.position) };
}

/** What one fold adds to a log's checkpoint. */
export interface Progress {
  readonly next: LogCheckpoint;
  readonly records: number;
  readonly corrupt: number;
  readonly refused: number;
  readonly at: Date;
}

/** Moves a log's checkpoint, in the transaction that folded what lies before it. */
export async function saveCheckpoint(
  db: Transaction<Database>,
  key: LogKey,
  progress: Progress,
): Promise<void> {
  await db
    .updateTable('log_checkpoints')
    .set((row) => ({
      segment: progress.next.segment,
      position: progress.next.offset,
      records: row('records', '+', String(progress.records)),
      corrupt: row('corrupt', '+', String(progress.corrupt)),
      refused: row('refused', '+', String(progress.refused)),
      updated_at: progress.at,
    }))
    .where('instance_id', '=', key.instanceId)
    .where('writer', '=', key.writer)
    .execute();
}

/** Begins a log again: its directory was emptied, so that what is in it now was never folded. */
export async function restartCheckpoint(db: Kysely<Database>, key: LogKey): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockCheckpoint(trx, key);
    await trx
      .updateTable('log_checkpoints')
      .set({ segment: 0, position: 0 })
      .where('instance_id', '=', key.instanceId)
      .where('writer', '=', key.writer)
      .execute();
    await trx
      .updateTable('uncounted_visits')
      .set({ counted_segment: 0, counted_position: -1 })
      .where('instance_id', '=', key.instanceId)
      .where('writer', '=', key.writer)
      .execute();
  });
}

function selectCheckpoint(db: Kysely<Database>, key: LogKey) {
  return db
    .selectFrom('log_checkpoints')
    .select(['segment', 'position', 'records', 'corrupt', 'refused'])
    .where('instance_id', '=', key.instanceId)
    .where('writer', '=', key.writer);
}
