import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { buildClick, type Click } from '../domain/click.ts';
import { buildFbclidHash } from '../domain/click-ids.ts';
import type { ClickFact } from '../domain/facts.ts';
import type { Database } from '../io/database.gen.ts';
import { scanLog } from '../log/scan-log.ts';
import { type LogCheckpoint, logWriters } from '../log/segments.ts';
import { loadFolded } from './checkpoint.ts';
import type { Enricher } from './enrich.ts';
import { type FbclidQuestion, findClick, findNewestClickByFbclid } from './find-clicks.ts';
import { readFact } from './read-fact.ts';
import { buildRecordedClick } from './read-records.ts';

/** Finds clicks wherever they are by now: in the table, in this process's memory, or in the log's unfolded tail. */
export interface ClickFinder {
  byToken(token: string): Promise<Click | null>;
  newestByFbclid(workspaceId: string, fbclid: string): Promise<Click | null>;
  /** By the first 32 hex digits of the SHA-256 of the fbclid. */
  newestByFbclidHash(workspaceId: string, hash: string): Promise<Click | null>;
}

/** What the finder looks into. */
export interface ClickFinderOptions {
  readonly db: Kysely<Database>;
  /** The capturing process's own last clicks by token; null in any other process. */
  readonly recent: { get(token: string): ClickFact | undefined } | null;
  /** `<DATA_DIR>/log`. */
  readonly logDirectory: string;
  readonly instanceId: string;
  readonly ipHashSalt: string;
  readonly enricher: Enricher;
}

/** Makes a finder. Its methods throw when the database is away. */
export function createClickFinder(options: ClickFinderOptions): ClickFinder {
  const { db } = options;
  const byFbclid = async (question: FbclidQuestion): Promise<Click | null> => {
    const tail = await readTail(options);
    const stored = await findNewestClickByFbclid(db, question);
    return newer(stored, await scanTail(options, tail, (fact) => hasFbclid(fact, question)));
  };
  return {
    // The table first: it alone knows the cookies that came after the click. And the tail's beginning before the
    // table: what is folded between the two looks would else be in neither.
    async byToken(token) {
      const tail = await readTail(options);
      const stored = await findClick(db, token);
      if (stored) return stored;
      const fact = options.recent?.get(token);
      if (fact) {
        await options.enricher.ready();
        return buildRecordedClick(fact, options);
      }
      return scanTail(options, tail, (found) => found.token === token, token);
    },
    newestByFbclid: (workspaceId, fbclid) => byFbclid({ workspaceId, fbclid }),
    newestByFbclidHash: (workspaceId, fbclidHash) => byFbclid({ workspaceId, fbclidHash }),
  };
}

type Tail = ReadonlyMap<string, LogCheckpoint>;

async function readTail({ db, logDirectory, instanceId }: ClickFinderOptions): Promise<Tail> {
  const tail = new Map<string, LogCheckpoint>();
  for (const writer of await logWriters(logDirectory)) {
    tail.set(writer, (await loadFolded(db, { instanceId, writer })).checkpoint);
  }
  return tail;
}

/** `text` is in every record that can match: a cheap look before the JSON is read. */
async function scanTail(
  options: ClickFinderOptions,
  tail: Tail,
  isWanted: (fact: ClickFact) => boolean,
  text = '"click"',
): Promise<Click | null> {
  let newest: Click | null = null;
  for (const [writer, from] of tail) {
    const match = (json: string) => json.includes(text) && isWantedClick(json, isWanted);
    const { found } = await scanLog({ directory: join(options.logDirectory, writer), from, match });
    const fact = found === null ? null : readFact(found.json);
    if (fact?.kind !== 'click') continue;
    await options.enricher.ready();
    newest = newer(newest, buildRecordedClick(fact, options));
  }
  return newest;
}

function isWantedClick(json: string, isWanted: (fact: ClickFact) => boolean): boolean {
  const fact = readFact(json);
  return fact?.kind === 'click' && isWanted(fact);
}

function hasFbclid(fact: ClickFact, question: FbclidQuestion): boolean {
  if (fact.workspaceId !== question.workspaceId || !fact.url.toLowerCase().includes('fbclid')) return false;
  const { fbclid } = buildClick(fact);
  if (fbclid === null) return false;
  return 'fbclid' in question ? fbclid === question.fbclid : buildFbclidHash(fbclid) === question.fbclidHash;
}

function newer(a: Click | null, b: Click | null): Click | null {
  if (a === null || b === null) return a ?? b;
  return b.createdAt >= a.createdAt && b.trackingToken !== a.trackingToken ? b : a;
}
