import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fact } from '../domain/facts.ts';
import { listCorrupt } from '../log/corrupt.ts';
import { readSegment } from '../log/read-log.ts';
import { listSegments, logWriters } from '../log/segments.ts';
import { listFactIdentifiers } from '../projections/erased-facts.ts';
import { readFact } from '../projections/read-fact.ts';
import type { SubjectRecord } from './collect-records.ts';
import type { Person } from './find-subject.ts';

/** The person's records in this machine's capture log, as far as it is still there. */
export async function searchLog(logDirectory: string, person: Person): Promise<SubjectRecord[]> {
  const wanted = new Set(person.identifiers.map(({ kind, value }) => `${kind} ${value}`));
  const isOwn = (fact: Fact) =>
    listFactIdentifiers(fact).some(
      ({ kind, value, workspaceId }) =>
        wanted.has(`${kind} ${value}`) && (workspaceId === null || workspaceId === person.workspaceId),
    );
  const found: SubjectRecord[] = [];
  for (const writer of await logWriters(logDirectory)) {
    const directory = join(logDirectory, writer);
    const record = (json: string) => {
      const fact = readFact(json);
      if (fact !== null && isOwn(fact)) found.push({ source: `log:${writer}`, record: { ...fact } });
      return true;
    };
    for (const segment of await listSegments(directory))
      await readSegment({ directory, segment, offset: 0, sink: { record, corrupt: () => true } });
  }
  return found;
}

/** Removes pieces of the log that were set aside as damaged and hold one of these texts. How many. */
export async function removeSetAside(logDirectory: string, texts: readonly string[]): Promise<number> {
  let removed = 0;
  for (const writer of await logWriters(logDirectory)) {
    for (const { path } of await listCorrupt(join(logDirectory, writer))) {
      const piece = (await readFile(path)).toString('latin1').toLowerCase();
      if (!texts.some((text) => piece.includes(text.toLowerCase()))) continue;
      await unlink(path);
      removed += 1;
    }
  }
  return removed;
}
