import { readFile, unlink } from 'node:fs/promises';
import type { Fact } from '../domain/facts.ts';
import { type CaptureLog, LogAwayError } from '../log/capture-log.ts';
import { listFactIdentifiers } from '../projections/erased-facts.ts';
import { readFact } from '../projections/read-fact.ts';
import type { SubjectRecord } from './collect-records.ts';
import type { Person } from './find-subject.ts';

/** The person's records in the capture log that can be read here, as far as it is still there. Throws `LogAwayError`. */
export async function searchLog(log: CaptureLog, person: Person): Promise<SubjectRecord[]> {
  const wanted = new Set(person.identifiers.map(({ kind, value }) => `${kind} ${value}`));
  const isOwn = (fact: Fact) =>
    listFactIdentifiers(fact).some(
      ({ kind, value, workspaceId }) =>
        wanted.has(`${kind} ${value}`) && (workspaceId === null || workspaceId === person.workspaceId),
    );
  const found: SubjectRecord[] = [];
  const parts = await log.parts();
  const missing = log.missing();
  // An answer that keeps silent about a part would be a wrong one.
  if (missing !== null) throw new LogAwayError(missing);
  for (const part of parts) {
    await part.readAll((json) => {
      const fact = readFact(json);
      if (fact !== null && isOwn(fact)) found.push({ source: `log:${part.key.writer}`, record: { ...fact } });
    });
  }
  return found;
}

/** Removes pieces of the log that were set aside as damaged and hold one of these texts. How many. */
export async function removeSetAside(log: CaptureLog, texts: readonly string[]): Promise<number> {
  let removed = 0;
  for (const part of await log.parts()) {
    for (const { path } of await part.listSetAside()) {
      const piece = (await readFile(path)).toString('latin1').toLowerCase();
      if (!texts.some((text) => piece.includes(text.toLowerCase()))) continue;
      await unlink(path);
      removed += 1;
    }
  }
  return removed;
}
