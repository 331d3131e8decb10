// (e) The drain alone: clicks, clicks with their cookies, and page views of new sessions folded a second from the capture
// log into the embedded database and into a private PostgreSQL. `node bench/drain.ts [--quick] [--json]`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildId } from '../src/domain/ids.ts';
import { type DatabaseHandle, openDatabase } from '../src/io/database.ts';
import { openLogger } from '../src/io/logger.ts';
import { migrate } from '../src/io/migrate.ts';
import { openVault } from '../src/io/vault.ts';
import { openFileLog } from '../src/log/file-log.ts';
import { openLogWriter } from '../src/log/writer.ts';
import { createDrain } from '../src/projections/drain.ts';
import { createEnricher } from '../src/projections/enrich.ts';
import { saveDomain } from '../src/settings/domains.ts';
import { saveWorkspace } from '../src/settings/workspaces.ts';
import { startPostgresServer } from '../test/support/postgres-server.ts';
import { type Figure, printFigures, readBenchOptions, round, say } from './figures.ts';
import { buildClickFacts, buildVisitFacts, type FactOwner } from './seed/facts.ts';
import { DURABLE } from './world/durable.ts';

const MIGRATIONS = join(import.meta.dirname, '../migrations');
const options = readBenchOptions();
const FACTS = options.quick ? 4_000 : 20_000;

interface Kind {
  readonly name: string;
  readonly build: (owner: FactOwner, count: number) => Generator<string>;
}

const KINDS: readonly Kind[] = [
  { name: 'clicks', build: (owner, count) => buildClickFacts(owner, { count, withCookies: false }) },
  {
    name: 'clicks with cookies',
    build: (owner, count) => buildClickFacts(owner, { count, withCookies: true }),
  },
  { name: 'page views of new sessions', build: buildVisitFacts },
];

async function measure(handle: DatabaseHandle, owner: FactOwner, kind: Kind): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'drain-bench-'));
  try {
    const writer = await openLogWriter({ directory: join(directory, 'main') });
    await Promise.all(Array.from(kind.build(owner, FACTS), (fact) => writer.append(fact)));
    await writer.close();
    const ipHashSalt = 'a salt of the benchmark';
    const leads = { vault: openVault({ key: ipHashSalt.repeat(2) }), hashKey: ipHashSalt, ipHashSalt };
    const log = openFileLog({ directory, instanceId: buildId() });
    const tools = { ipHashSalt, leads, enricher: createEnricher({ geo: null }), clock: Date };
    const drain = createDrain({ ...tools, db: handle.db, log, logger: openLogger('silent') });
    const start = performance.now();
    while ((await drain.runOnce()).hasMore);
    return FACTS / ((performance.now() - start) / 1000);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function makeOwner({ db }: DatabaseHandle): Promise<FactOwner> {
  const workspaceId = (await saveWorkspace(db, { name: 'Bench' })).workspace_id;
  const origin = 'https://shop.example.com';
  const site = { workspaceId, name: 'Shop', origin, allowedOrigins: [], isActive: true, metadata: {} };
  return { workspaceId, domainId: (await saveDomain(db, site)).domain_id };
}

async function measureOn(name: string, handle: DatabaseHandle): Promise<Figure[]> {
  say(`${name} …`);
  try {
    await migrate(handle, { directory: MIGRATIONS });
    const owner = await makeOwner(handle);
    const figures: Figure[] = [];
    for (const kind of KINDS) {
      const value = round(await measure(handle, owner, kind));
      figures.push({ part: 'e', name: `drain alone, ${name}: ${kind.name}`, value, unit: '/s' });
    }
    return figures;
  } finally {
    await handle.close();
  }
}

async function onEmbedded(): Promise<Figure[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'drain-bench-data-'));
  try {
    const handle = await openDatabase({ kind: 'embedded', dataDir, access: 'own' });
    return await measureOn('embedded database', handle);
  } finally {
    rmSync(dataDir, { recursive: true, maxRetries: 3 });
  }
}

async function onPostgres(): Promise<Figure[]> {
  const server = await startPostgresServer(DURABLE);
  try {
    return await measureOn('PostgreSQL', await openDatabase({ kind: 'postgres', url: server.url }));
  } finally {
    await server.remove();
  }
}

printFigures([...(await onPostgres()), ...(await onEmbedded())], options);
