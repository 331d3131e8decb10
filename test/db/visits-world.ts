import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type {
  CollectCookies,
  CollectItem,
  EventItem,
  LeadItem,
  PageViewItem,
} from '../../src/domain/collect.ts';
import type { CollectFact } from '../../src/domain/facts.ts';
import { buildId } from '../../src/domain/ids.ts';
import { openLogger } from '../../src/io/logger.ts';
import { openFileLog } from '../../src/log/file-log.ts';
import { openLogWriter } from '../../src/log/writer.ts';
import { createDrain } from '../../src/projections/drain.ts';
import { createEnricher, type Enricher } from '../../src/projections/enrich.ts';
import { saveDomain } from '../../src/settings/domains.ts';
import { saveWorkspace } from '../../src/settings/workspaces.ts';
import type { OpenTestDatabase } from '../support/database.ts';
import { drainAll } from './drain-world.ts';
import { tools } from './leads-world.ts';

/** A site of a workspace of its own, and how requests of it are folded. */
export interface VisitsWorld {
  readonly db: OpenTestDatabase['db'];
  readonly workspaceId: string;
  readonly domainId: string;
  /** Of requests that name no other. */
  readonly sessionId: string;
  /** A request with these items. */
  request(items: readonly CollectItem[], changes?: Partial<CollectFact>): CollectFact;
  /** Appends requests to a log of their own and folds them, `together` in one batch or each by itself. */
  fold(
    facts: readonly (CollectFact | object)[],
    together?: boolean,
    enricher?: Enricher,
  ): Promise<{ folded: number; refused: number }>;
  tables(): ReturnType<typeof readTables>;
  /** Forgets everything that was folded. */
  clear(): Promise<void>;
  close(): void;
}

/** When the visits of the tests begin, ms since the epoch. */
export const START = Date.now() - 3_600_000;

/** An ordinary phone. */
export const PHONE =
  'Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36';

let worlds = 0;

/** Makes a site of its own in the database. */
export async function openVisitsWorld({ db }: OpenTestDatabase): Promise<VisitsWorld> {
  worlds += 1;
  const workspaceId = (await saveWorkspace(db, { name: `Visits ${worlds}` })).workspace_id;
  const site = { workspaceId, name: 'Site', origin: 'https://site.example', allowedOrigins: [] };
  const domainId = (await saveDomain(db, { ...site, isActive: true, metadata: {} })).domain_id;
  const sessionId = `session-${worlds}`;
  const directories: string[] = [];
  const request: VisitsWorld['request'] = (items, changes = {}) => ({
    ...{ kind: 'collect', at: START + 600_000, workspaceId, domainId, sessionId, visitorId: null },
    ...{ skewMs: 40, ip: '189.1.2.3', userAgent: PHONE, isSpam: false, items },
    ...changes,
  });
  const foldLog = async (facts: readonly object[], enricher: Enricher) => {
    const directory = mkdtempSync(join(tmpdir(), 'rastro-visits-'));
    directories.push(directory);
    const log = await openLogWriter({ directory: join(directory, 'main') });
    await Promise.all(facts.map((fact) => log.append(JSON.stringify(fact))));
    await log.close();
    const folded = openFileLog({ directory, instanceId: buildId() });
    const parts = { db, log: folded, ipHashSalt: tools.ipHashSalt, leads: tools };
    return drainAll(createDrain({ ...parts, enricher, logger: openLogger('silent'), clock: Date }));
  };
  return {
    ...{ db, workspaceId, domainId, sessionId, request },
    fold: async (facts, together = true, enricher = createEnricher({ geo: null })) => {
      const sum = { folded: 0, refused: 0 };
      for (const batch of together ? [facts] : facts.map((fact) => [fact])) {
        const { folded, refused } = await foldLog(batch, enricher);
        sum.folded += folded;
        sum.refused += refused;
      }
      return sum;
    },
    tables: () => readTables(db, workspaceId),
    clear: async () => {
      for (const table of FOLDED)
        await db.deleteFrom(table).where('workspace_id', '=', workspaceId).execute();
    },
    close: () => {
      for (const directory of directories) rmSync(directory, { recursive: true });
    },
  };
}

const FOLDED = [
  ...(['sessions', 'landing_pages', 'page_views', 'events'] as const),
  ...(['utm_tracking', 'leads', 'visitor_journeys'] as const),
];

const base = (at: number, path: string) => ({
  id: buildId(),
  at,
  pageUrl: `https://site.example${path}`,
  referrer: null,
  consent: { ads: 'granted', analytics: 'granted' } as const,
  cookies: null as CollectCookies | null,
});

/** A page view so many seconds after the start. */
export const view = (second: number, path: string, changes: Partial<PageViewItem> = {}): PageViewItem => ({
  ...{
    type: 'page_view',
    ...base(START + second * 1000, path),
    title: null,
    timeOnPage: null,
    exitPage: false,
  },
  ...changes,
});

/** An event so many seconds after the start. */
export const event = (second: number, path: string, changes: Partial<EventItem> = {}): EventItem => ({
  ...{
    type: 'event',
    ...base(START + second * 1000, path),
    eventType: 'click',
    category: null,
    action: null,
  },
  ...{ label: null, value: null, elementId: null, elementClass: null, data: null },
  ...changes,
});

/** A lead so many seconds after the start. */
export const lead = (second: number, path: string, changes: Partial<LeadItem> = {}): LeadItem => ({
  ...{ type: 'lead', ...base(START + second * 1000, path), name: 'Ana Souza', email: 'ana@example.com' },
  ...{ phone: null, company: null, message: null, formLocation: null, externalId: null },
  ...{ extensions: null, metadata: null },
  ...changes,
});

/** Cookies of which only some are there. */
export const cookies = (some: Partial<CollectCookies>): CollectCookies => ({
  ...{ fbp: null, fbc: null, ttp: null, ga: null },
  ...some,
});

/** Everything that folding made of a workspace's visits; ids that are made by chance are left out. */
async function readTables(db: OpenTestDatabase['db'], workspaceId: string) {
  const rowsOf = async (table: string, order: string) => {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)}
      where workspace_id = ${workspaceId} order by ${sql.ref(order)}`.execute(db);
    return rows;
  };
  const pages = await rowsOf('landing_pages', 'page_url');
  const urlOf = new Map(pages.map((page) => [page.page_id, page.page_url]));
  const named = async (table: string, order: string) =>
    (await rowsOf(table, order)).map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) =>
          name === 'page_id' || name === 'first_page_id' ? [name, urlOf.get(value)] : [name, value],
        ),
      ),
    );
  return {
    pages: pages.map((page) => page.page_url).sort(),
    sessions: await named('sessions', 'session_id'),
    views: await named('page_views', 'view_id'),
    events: await named('events', 'event_id'),
    touches: await named('utm_tracking', 'tracking_id'),
    leads: (await named('leads', 'lead_id')).map(readLead),
    journeys: await rowsOf('visitor_journeys', 'visitor_id'),
  };
}

/** Sealed columns are sealed anew each time, and who is a duplicate depends on who came first. */
function readLead({ lead_id, session_id, utm_tracking_id, page_id, ...row }: Record<string, unknown>) {
  const { time_to_conversion, lead_score, hashed_email, created_at, consent_ads, client_ip } = row;
  const known = { time_to_conversion, lead_score, hashed_email, created_at, consent_ads, client_ip };
  return { lead_id, session_id, utm_tracking_id, page_id, ...known };
}
