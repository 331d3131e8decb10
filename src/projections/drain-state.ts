import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { readJsonObject } from '../domain/http-message.ts';
import type { Clock } from '../io/clock.ts';
import type { Database } from '../io/database.gen.ts';
import { logLag } from '../log/lag.ts';
import { logWriters } from '../log/segments.ts';
import { loadFolded } from './checkpoint.ts';

/** How far the drain of this machine is behind its logs, and what it has counted since the first record. */
export interface DrainState {
  readonly lagBytes: number;
  /** Age in ms of the oldest record not folded yet; 0 if there is none. */
  readonly oldestUnfoldedMs: number;
  readonly folded: number;
  readonly corrupt: number;
  readonly refused: number;
}

/** Where to look: any process can, whether or not the drain runs in it. */
export interface DrainStateQuestion {
  readonly db: Kysely<Database>;
  /** `<DATA_DIR>/log`. */
  readonly logDirectory: string;
  readonly instanceId: string;
  readonly clock: Clock;
}

/** Reads the drain's state from the checkpoints and the log. Throws when the database is away. */
export async function readDrainState(question: DrainStateQuestion): Promise<DrainState> {
  const { db, logDirectory, instanceId, clock } = question;
  const sum = { lagBytes: 0, oldestUnfoldedMs: 0, folded: 0, corrupt: 0, refused: 0 };
  for (const writer of await logWriters(logDirectory)) {
    const folded = await loadFolded(db, { instanceId, writer });
    const { bytes, oldest } = await logLag(join(logDirectory, writer), folded.checkpoint);
    sum.lagBytes += bytes;
    sum.oldestUnfoldedMs = Math.max(sum.oldestUnfoldedMs, readAge(oldest, clock.now()));
    sum.folded += folded.records;
    sum.corrupt += folded.corrupt;
    sum.refused += folded.refused;
  }
  return sum;
}

function readAge(json: string | null, now: number): number {
  const at = json === null ? undefined : readJsonObject(json)?.at;
  return typeof at === 'number' ? Math.max(0, now - at) : 0;
}
