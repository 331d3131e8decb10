import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { findErased } from '../io/tombstones.ts';
import type { Vault } from '../io/vault.ts';
import { type LoggedLine, maskLines } from '../log/mask-lines.ts';
import { logWriters } from '../log/segments.ts';
import { loadFolded } from './checkpoint.ts';
import { listFactIdentifiers } from './erased-facts.ts';
import { readFact } from './read-fact.ts';

/** This machine's log, and how tombstones are read. */
export interface MaskErasedOptions {
  readonly db: Kysely<Database>;
  readonly vault: Vault;
  /** `<DATA_DIR>/log`. */
  readonly logDirectory: string;
  readonly instanceId: string;
}

/** Readers know it and fold nothing; shorter than any record of a person. */
const MASK = '{"kind":"erased","at":1600000000000}';
const ASKED_AT_ONCE = 2_000;

/**
 * Masks the lines of erased people in this machine's log, as far as it has been folded; what was not folded yet is
 * masked by the drain once it is. How many lines.
 */
export async function maskErased(options: MaskErasedOptions): Promise<number> {
  const { db, logDirectory, instanceId } = options;
  let masked = 0;
  for (const writer of await logWriters(logDirectory)) {
    const { checkpoint } = await loadFolded(db, { instanceId, writer });
    const directory = join(logDirectory, writer);
    const choose = (lines: readonly LoggedLine[]) => chooseErased(options, lines);
    masked += await maskLines({ directory, before: checkpoint, choose, mask: MASK });
  }
  return masked;
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
