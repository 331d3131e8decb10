import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickFact, ConsentFact, CookiesFact, Fact, UncountedFact } from '../../src/domain/facts.ts';
import { buildId, buildTrackingToken } from '../../src/domain/ids.ts';
import { openLogger } from '../../src/io/logger.ts';
import type { CaptureLog } from '../../src/log/capture-log.ts';
import { openFileLog } from '../../src/log/file-log.ts';
import { openLogWriter } from '../../src/log/writer.ts';
import { type ClickFinder, createClickFinder } from '../../src/projections/click-finder.ts';
import { createDrain, type Drain, type DrainOptions } from '../../src/projections/drain.ts';
import { createEnricher } from '../../src/projections/enrich.ts';
import { LookupCounts } from '../../src/projections/lookup-counts.ts';
import { StoreChain } from '../../src/stores/store-chain.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { tools as leads } from './leads-world.ts';

const NO_STORES = new StoreChain({ stores: [], ttlSeconds: 60, logger: openLogger('silent') });
const SALT = 'a salt of the tests, long enough for all';

/** One machine's log and a drain on a database of its own. */
export interface DrainWorld {
  readonly database: OpenTestDatabase;
  readonly db: OpenTestDatabase['db'];
  readonly workspaceId: string;
  readonly poolId: string;
  readonly botId: string;
  readonly instanceId: string;
  readonly logDirectory: string;
  readonly log: CaptureLog;
  readonly drain: Drain;
  readonly finder: ClickFinder;
  /** A new drain of the same log, as after a restart. */
  restartDrain(changes?: Partial<DrainOptions>): Drain;
  /** Appends records durably. */
  record(...facts: readonly (Fact | Record<string, unknown>)[]): Promise<void>;
  /** Appends to another process's log on the same machine. */
  recordElsewhere(...facts: readonly Fact[]): Promise<void>;
  click(changes?: Partial<ClickFact>): ClickFact;
  cookies(token: string, changes?: Partial<CookiesFact>): CookiesFact;
  consent(token: string, ads: ConsentFact['ads'], at: number): ConsentFact;
  uncounted(reason: UncountedFact['reason']): UncountedFact;
  /** Everything that the drain has made of this world's log, in a fixed order. */
  tables(): Promise<Awaited<ReturnType<typeof readTables>>>;
  close(): Promise<void>;
}

/** Folds until nothing is left. */
export async function drainAll(drain: Drain): Promise<{ folded: number; corrupt: number; refused: number }> {
  const sum = { folded: 0, corrupt: 0, refused: 0 };
  for (;;) {
    const { folded, corrupt, refused, hasMore } = await drain.runOnce();
    sum.folded += folded;
    sum.corrupt += corrupt;
    sum.refused += refused;
    if (!hasMore) return sum;
  }
}

/** Opens a world; a database that is given is not closed with it. */
export async function openDrainWorld(given?: OpenTestDatabase): Promise<DrainWorld> {
  const database = given ?? (await openTestDatabase());
  const logDirectory = mkdtempSync(join(tmpdir(), 'rastro-log-'));
  const ids = { workspaceId: buildId(), poolId: buildId(), botId: buildId() };
  const instanceId = buildId();
  const enricher = createEnricher({ geo: null });
  const { db } = database;
  const log = openFileLog({ directory: logDirectory, instanceId });
  const restartDrain = (changes: Partial<DrainOptions> = {}) =>
    createDrain({
      ...{ db, log, ipHashSalt: SALT, enricher, leads },
      ...{ logger: openLogger('silent'), clock: Date },
      ...changes,
    });
  const recordAt = async (writer: string, facts: readonly unknown[]) => {
    const appending = await openLogWriter({ directory: join(logDirectory, writer) });
    await Promise.all(facts.map((fact) => appending.append(JSON.stringify(fact))));
    await appending.close();
  };
  return {
    ...{ database, db, log, instanceId, logDirectory, restartDrain },
    ...ids,
    ...buildFacts(ids),
    drain: restartDrain(),
    finder: createClickFinder({
      ...{ db, recent: null, log, ipHashSalt: SALT, enricher },
      ...{ vault: leads.vault, stores: NO_STORES, lookups: new LookupCounts() },
    }),
    record: (...facts) => recordAt('main', facts),
    recordElsewhere: (...facts) => recordAt('second', facts),
    tables: () => readTables(db, ids.workspaceId),
    close: async () => {
      rmSync(logDirectory, { recursive: true });
      if (!given) await database.close();
    },
  };
}

function buildFacts(ids: Pick<DrainWorld, 'workspaceId' | 'poolId' | 'botId'>) {
  let at = Date.now() - 60_000;
  const next = () => {
    at += 1;
    return at;
  };
  return {
    click: (changes: Partial<ClickFact> = {}): ClickFact => ({
      ...{ kind: 'click', at: next(), token: buildTrackingToken(), ...ids, mode: 'bridge' },
      ...{ url: 'https://go.example.com/go/shop?utm_source=fb', fbp: null, fbc: null, fbi: null },
      ...{
        ip: '189.1.2.3',
        userAgent: IPHONE,
        referrer: null,
        language: 'pt-BR',
        hints: {},
        consent: 'granted',
      },
      ...changes,
    }),
    cookies: (token: string, changes: Partial<CookiesFact> = {}): CookiesFact => ({
      ...{ kind: 'cookies', at: next(), token, fbp: FBP, fbc: null, fbi: null, pageType: 'bridge' },
      ...changes,
    }),
    consent: (token: string, ads: ConsentFact['ads'], chosenAt: number): ConsentFact => ({
      ...{ kind: 'consent', at: chosenAt, token, ads },
    }),
    uncounted: (reason: UncountedFact['reason']): UncountedFact => ({
      ...{ kind: 'uncounted', at: next(), workspaceId: ids.workspaceId, poolId: ids.poolId, reason },
    }),
  };
}

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 350.0.0';

/** A well-formed `_fbp`. */
export const FBP = 'fb.1.1700000000000.1234567890';

async function readTables(db: OpenTestDatabase['db'], workspaceId: string) {
  const where = ['workspace_id', '=', workspaceId] as const;
  return {
    clicks: await db
      .selectFrom('clicks')
      .selectAll()
      .where(...where)
      .orderBy('tracking_token')
      .execute(),
    sessions: await db
      .selectFrom('meta_tracking_sessions')
      .select(['tracking_token', 'root_event_id', 'fbc', 'fbp', 'fbclid', 'created_at'])
      .where(...where)
      .orderBy('tracking_token')
      .execute(),
    counts: await db
      .selectFrom('redirect_counts')
      .selectAll()
      .where(...where)
      .orderBy('bot_id')
      .execute(),
    uncounted: await db
      .selectFrom('uncounted_visits')
      .select(['pool_id', 'day', 'reason', 'visits'])
      .where(...where)
      .orderBy('reason')
      .execute(),
    conversions: await db
      .selectFrom('conversions')
      .select(['event_id', 'conversion_name', 'occurred_at', 'tracking_token', 'consent', 'hold_until'])
      .where(...where)
      .orderBy('event_id')
      .execute(),
  };
}
