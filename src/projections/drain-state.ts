import type { Kysely } from 'kysely';
import { readJsonObject } from '../domain/http-message.ts';
import type { Clock } from '../io/clock.ts';
import type { Database } from '../io/database.gen.ts';
import { type CaptureLog, LogAwayError, type LogPart } from '../log/capture-log.ts';
import type { LogLag } from '../log/lag.ts';
import type { LogCheckpoint } from '../log/segments.ts';
import { loadFolded } from './checkpoint.ts';

/** How far the drain of this machine is behind the log that it can read, and what it has counted since the first record. */
export interface DrainState {
  readonly lagBytes: number;
  /** Age in ms of the oldest record not folded yet; 0 if there is none. */
  readonly oldestUnfoldedMs: number;
  readonly folded: number;
  readonly corrupt: number;
  readonly refused: number;
  /** Why a part of the log cannot be asked, so that its lag is not in the sum; null if all can. */
  readonly missing: string | null;
}

/** Where to look: any process can, whether or not the drain runs in it. */
export interface DrainStateQuestion {
  readonly db: Kysely<Database>;
  readonly log: CaptureLog;
  readonly clock: Clock;
}

/** Reads the drain's state from the checkpoints and the log. Throws when the database is away. */
export async function readDrainState(question: DrainStateQuestion): Promise<DrainState> {
  const { db, log, clock } = question;
  const sum = { lagBytes: 0, oldestUnfoldedMs: 0, folded: 0, corrupt: 0, refused: 0 };
  for (const part of await log.parts()) {
    const folded = await loadFolded(db, part.key);
    const { bytes, oldest } = await lagOf(part, folded.checkpoint);
    sum.lagBytes += bytes;
    sum.oldestUnfoldedMs = Math.max(sum.oldestUnfoldedMs, readAge(oldest, clock.now()));
    sum.folded += folded.records;
    sum.corrupt += folded.corrupt;
    sum.refused += folded.refused;
  }
  return { ...sum, missing: log.missing() };
}

/** A part that goes away while it is asked is missing, which is told beside the sum. */
async function lagOf(part: LogPart, checkpoint: LogCheckpoint): Promise<LogLag> {
  try {
    return await part.lag(checkpoint);
  } catch (error) {
    if (error instanceof LogAwayError) return { bytes: 0, oldest: null };
    throw error;
  }
}

function readAge(json: string | null, now: number): number {
  const at = json === null ? undefined : readJsonObject(json)?.at;
  return typeof at === 'number' ? Math.max(0, now - at) : 0;
}
