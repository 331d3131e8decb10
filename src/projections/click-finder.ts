import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { buildClick, type Click } from '../domain/click.ts';
import { buildFbclidHash } from '../domain/click-ids.ts';
import type { ClickFact } from '../domain/facts.ts';
import type { Database } from '../io/database.gen.ts';
import { scanLog } from '../log/scan-log.ts';
import { type LogCheckpoint, logWriters } from '../log/segments.ts';
import type { StoreChain } from '../stores/store-chain.ts';
import { loadFolded } from './checkpoint.ts';
import type { Enricher } from './enrich.ts';
import { type FbclidQuestion, findClick, findNewestClickByFbclid } from './find-clicks.ts';
import { readHotClick } from './hot-click.ts';
import type { ClickSource, LookupCounts } from './lookup-counts.ts';
import { readFact } from './read-fact.ts';
import { buildRecordedClick } from './read-records.ts';

/** Finds clicks wherever they are by now: in the table, this process's memory, a hot store, or the log's unfolded tail. */
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
  /** The hot stores, which know other machines' clicks too; none of them can make a look fail. */
  readonly stores: Pick<StoreChain, 'get' | 'listByFbclid'>;
  readonly lookups: LookupCounts;
  /** `<DATA_DIR>/log`. */
  readonly logDirectory: string;
  readonly instanceId: string;
  readonly ipHashSalt: string;
  readonly enricher: Enricher;
}

/** Makes a finder. Its methods throw when the database is away. */
export function createClickFinder(options: ClickFinderOptions): ClickFinder {
  const { lookups } = options;
  const counted = async (look: Promise<Found | null>): Promise<Click | null> => {
    const found = await look;
    lookups.add(found?.source ?? 'none');
    return found?.click ?? null;
  };
  const byFbclid = (question: FbclidQuestion) => counted(findByFbclid(options, question));
  return {
    byToken: (token) => counted(findByToken(options, token)),
    newestByFbclid: (workspaceId, fbclid) => byFbclid({ workspaceId, fbclid }),
    newestByFbclidHash: (workspaceId, fbclidHash) => byFbclid({ workspaceId, fbclidHash }),
  };
}

interface Found {
  readonly click: Click;
  readonly source: ClickSource;
}

const foundIn = (source: ClickSource, click: Click | null): Found | null => click && { click, source };

// The table first: it alone knows the cookies that came after the click. And the tail's beginning before the table:
// what is folded between the two looks would else be in neither.
async function findByToken(options: ClickFinderOptions, token: string): Promise<Found | null> {
  const tail = await readTail(options);
  const stored = await findClick(options.db, token);
  if (stored) return { click: stored, source: 'clicks' };
  await options.enricher.ready();
  const fact = options.recent?.get(token);
  if (fact) return { click: buildRecordedClick(fact, options), source: 'memory' };
  const hot = await options.stores.get(token);
  const click = hot && readHotClick(hot.json, options);
  if (hot && click?.trackingToken === token) return { click, source: hot.store };
  return foundIn('capture_log', await scanTail(options, tail, (found) => found.token === token, token));
}

async function findByFbclid(options: ClickFinderOptions, question: FbclidQuestion): Promise<Found | null> {
  const tail = await readTail(options);
  const stored = foundIn('clicks', await findNewestClickByFbclid(options.db, question));
  const hot = await findHotByFbclid(options, question);
  const logged = foundIn('capture_log', await scanTail(options, tail, (fact) => hasFbclid(fact, question)));
  return newestOf(newestOf(stored, hot), logged);
}

/** The stores know an fbclid as the link had it, not by its hash: that one is looked for in the table and the log. */
async function findHotByFbclid(options: ClickFinderOptions, question: FbclidQuestion): Promise<Found | null> {
  if (!('fbclid' in question)) return null;
  let newest: Found | null = null;
  for (const { json, store } of await options.stores.listByFbclid(question.fbclid)) {
    await options.enricher.ready();
    const click = readHotClick(json, options);
    const isWanted = click?.workspaceId === question.workspaceId && click.fbclid === question.fbclid;
    if (isWanted) newest = newestOf(newest, { click, source: store });
  }
  return newest;
}

/** Of two finds of one click the first stays: the table knows more of it than the log. */
function newestOf(a: Found | null, b: Found | null): Found | null {
  if (a === null || b === null) return a ?? b;
  return newer(a.click, b.click) === a.click ? a : b;
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
