import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { findErased } from '../io/tombstones.ts';
import type { Vault } from '../io/vault.ts';
import { type CaptureLog, LogAwayError, type MaskQuestion } from '../log/capture-log.ts';
import type { LoggedLine } from '../log/mask-lines.ts';
import { loadFolded } from './checkpoint.ts';
import { listFactIdentifiers } from './erased-facts.ts';
import { isCountedRecord, readFact } from './read-fact.ts';

/** The log, and how tombstones are read. */
export interface MaskErasedOptions {
  readonly db: Kysely<Database>;
  readonly vault: Vault;
  readonly log: CaptureLog;
}

/** How many records were masked, and why a part could not be looked at; null if all were. */
export interface MaskedLog {
  readonly masked: number;
  readonly missing: string | null;
}

/** Readers know it and fold nothing; shorter than any record of a person. */
const MASK = '{"kind":"erased","at":1600000000000}';
const ASKED_AT_ONCE = 2_000;

/**
 * Masks the records of erased people in the log that can be read here, as far as it has been folded; what was not
 * folded yet, or not there, is masked by the drain once it is.
 */
export async function maskErased(options: MaskErasedOptions): Promise<MaskedLog> {
  const { db, log } = options;
  let masked = 0;
  let missing = log.missing();
  const choose: MaskQuestion['choose'] = (lines) => chooseErased(options, lines);
  for (const part of await log.parts()) {
    const { checkpoint } = await loadFolded(db, part.key);
    try {
      masked += await part.mask({ before: checkpoint, choose, mask: MASK, isCounted: isCountedRecord });
    } catch (error) {
      if (!(error instanceof LogAwayError)) throw error;
      missing = error.message;
    }
  }
  return { masked, missing };
}

async function chooseErased(
  { db, vault }: MaskErasedOptions,
  lines: readonly LoggedLine[],
): Promise<LoggedLine[]> {
  const chosen: LoggedLine[] = [];
  for (let start = 0; start < lines.length; start += ASKED_AT_ONCE) {
    const asked = lines.slice(start, start + ASKED_AT_ONCE).map((line) => {
      const fact = readFact(line.json);
      return { line, identifiers: fact === null ? [] : listFactIdentifiers(fact) };
    });
    const isErased = await findErased(
      db,
      vault,
      asked.flatMap(({ identifiers }) => identifiers),
    );
    for (const { line, identifiers } of asked) if (identifiers.some(isErased)) chosen.push(line);
  }
  return chosen;
}
