import { setTimeout as wait } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { buildClick, type Click } from '../domain/click.ts';
import { buildFbclidHash } from '../domain/click-ids.ts';
import type { ClickFact } from '../domain/facts.ts';
import type { Database } from '../io/database.gen.ts';
import { loadIpSalts } from '../io/ip-salts.ts';
import { findErased } from '../io/tombstones.ts';
import type { Vault } from '../io/vault.ts';
import { type CaptureLog, LogAwayError, type LogPart } from '../log/capture-log.ts';
import type { LogCheckpoint } from '../log/segments.ts';
import type { StoreChain } from '../stores/store-chain.ts';
import { loadFolded } from './checkpoint.ts';
import type { Enricher } from './enrich.ts';
import { type FbclidQuestion, findClick, findNewestClickByFbclid } from './find-clicks.ts';
import { readHotClick } from './hot-click.ts';
import type { ClickSource, LookupCounts } from './lookup-counts.ts';
import { readFact } from './read-fact.ts';
import { buildRecordedClick } from './read-records.ts';

/** A click is folded within a second as a rule; four seconds are looked through. */
const FOLD_LOOKS = 16;
const FOLD_LOOK_MS = 250;

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
  readonly stores: Pick<StoreChain, 'look' | 'listByFbclid'>;
  readonly lookups: LookupCounts;
  readonly log: CaptureLog;
  /** Opens the key of the tombstones, and the salts that came after IP_HASH_SALT. */
  readonly vault: Vault;
  /** IP_HASH_SALT as this process was started with. */
  readonly ipHashSalt: string;
  readonly enricher: Enricher;
}

/** Makes a finder. Its methods throw when the database is away, and `byToken` when a part of the log is that may hold the click. */
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

/** With the salt of the moment, which may have come after this process began. */
async function withSalt(options: ClickFinderOptions): Promise<ClickFinderOptions> {
  const { db, vault, ipHashSalt } = options;
  return { ...options, ipHashSalt: (await loadIpSalts(db, { vault, configured: ipHashSalt })).current };
}

/** Memory, stores and log of some machine may still hold what was erased: nobody is to find it there. */
async function isErased({ db, vault }: ClickFinderOptions, token: string): Promise<boolean> {
  const asked = { workspaceId: null, kind: 'token', value: token, at: 0 } as const;
  return (await findErased(db, vault, [asked]))(asked);
}

// The table first: it alone knows the cookies that came after the click. And the tail's beginning before the table:
// what is folded between the two looks would else be in neither.
async function findByToken(given: ClickFinderOptions, token: string): Promise<Found | null> {
  const tail = await readTail(given);
  const stored = await findClick(given.db, token);
  if (stored) return { click: stored, source: 'clicks' };
  if (await isErased(given, token)) return null;
  const options = await withSalt(given);
  await options.enricher.ready();
  const fact = options.recent?.get(token);
  if (fact) return { click: buildRecordedClick(fact, options), source: 'memory' };
  const { found: hot, isSure } = await options.stores.look(token);
  const click = hot && readHotClick(hot.json, options);
  if (hot && click?.trackingToken === token) return { click, source: hot.store };
  const logged = await scanTail(options, tail, { isWanted: (found) => found.token === token, text: token });
  // Nobody knows whether it is there: whoever asks asks again.
  if (logged.click === null && logged.missing !== null) throw new LogAwayError(logged.missing);
  if (logged.click === null && !isSure) return findOnceFolded(options, token);
  return foundIn('capture_log', logged.click);
}

/**
 * A store that did not answer may hold a click that another machine has in a log of its own: that machine folds it within
 * moments, and then it is in the table. Without an end a token that nobody ever made would be waited for.
 */
async function findOnceFolded({ db }: ClickFinderOptions, token: string): Promise<Found | null> {
  for (let look = 0; look < FOLD_LOOKS; look += 1) {
    await wait(FOLD_LOOK_MS);
    const stored = await findClick(db, token);
    if (stored) return { click: stored, source: 'clicks' };
  }
  return null;
}

async function findByFbclid(given: ClickFinderOptions, question: FbclidQuestion): Promise<Found | null> {
  const options = await withSalt(given);
  const tail = await readTail(options);
  const stored = foundIn('clicks', await findNewestClickByFbclid(options.db, question));
  const hot = await findHotByFbclid(options, question);
  // An older click of the same fbclid is better than none: a part that is away does not stop this look.
  const logged = await scanTail(options, tail, {
    isWanted: (fact) => hasFbclid(fact, question),
    text: '"click"',
  });
  const isGone = logged.click !== null && (await isErased(options, logged.click.trackingToken));
  return newestOf(newestOf(stored, hot), foundIn('capture_log', isGone ? null : logged.click));
}

/** The stores know an fbclid as the link had it, not by its hash: that one is looked for in the table and the log. */
async function findHotByFbclid(options: ClickFinderOptions, question: FbclidQuestion): Promise<Found | null> {
  if (!('fbclid' in question)) return null;
  let newest: Found | null = null;
  for (const { json, store } of await options.stores.listByFbclid(question.fbclid)) {
    await options.enricher.ready();
    const click = readHotClick(json, options);
    const isWanted = click?.workspaceId === question.workspaceId && click.fbclid === question.fbclid;
    if (isWanted && !(await isErased(options, click.trackingToken)))
      newest = newestOf(newest, { click, source: store });
  }
  return newest;
}

/** Of two finds of one click the first stays: the table knows more of it than the log. */
function newestOf(a: Found | null, b: Found | null): Found | null {
  if (a === null || b === null) return a ?? b;
  return newer(a.click, b.click) === a.click ? a : b;
}

type Tail = ReadonlyMap<LogPart, LogCheckpoint>;

async function readTail({ db, log }: ClickFinderOptions): Promise<Tail> {
  const tail = new Map<LogPart, LogCheckpoint>();
  for (const part of await log.parts()) tail.set(part, (await loadFolded(db, part.key)).checkpoint);
  return tail;
}

/** What is looked for in the log. `text` is in every record that can match: a cheap look before the JSON is read. */
interface TailQuestion {
  readonly isWanted: (fact: ClickFact) => boolean;
  readonly text: string;
}

/** The newest match, and why a part of the log could not be asked; null if all could. */
interface TailAnswer {
  readonly click: Click | null;
  readonly missing: string | null;
}

async function scanTail(
  options: ClickFinderOptions,
  tail: Tail,
  { isWanted, text }: TailQuestion,
): Promise<TailAnswer> {
  const match = (json: string) => json.includes(text) && isWantedClick(json, isWanted);
  let click: Click | null = null;
  let missing = options.log.missing();
  for (const [part, from] of tail) {
    try {
      const { found } = await part.scan({ from, match });
      const fact = found === null ? null : readFact(found.json);
      if (fact?.kind !== 'click') continue;
      await options.enricher.ready();
      click = newer(click, buildRecordedClick(fact, options));
    } catch (error) {
      if (!(error instanceof LogAwayError)) throw error;
      missing = error.message;
    }
  }
  return { click, missing };
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
