import { availableParallelism } from 'node:os';
import { buildBanner } from './banner.ts';
import { type Config, ConfigError } from './config.ts';
import { type EdgeCluster, startEdges } from './edge-cluster.ts';
import { isDatabaseAway } from './io/database-away.ts';
import { openLogger } from './io/logger.ts';
import { startTracing, type Tracing } from './io/tracing/start-tracing.ts';
import { type Edge, openEdge, openSessions } from './open-edge.ts';
import { openParts, type Parts } from './parts.ts';
import { migrateDatabase, migrateWhenThere } from './prepare-database.ts';
import type { Lookups } from './projections/lookup-counts.ts';
import { type FirstStart, prepareFirstStart } from './settings/first-start.ts';
import type { SignIn } from './settings/sign-in.ts';
import { isSiblingMessage } from './siblings.ts';
import type { SupervisedProcess } from './supervised-process.ts';
import { prepareTryOut } from './try-out.ts';
import { startWorker } from './worker-process.ts';

/** What this machine does: the public edge and its log, the work behind it, or both. */
export const ROLES = ['all', 'edge', 'worker'] as const;

/** One of `ROLES`. */
export type Role = (typeof ROLES)[number];

/** The server, up. */
interface Running {
  readonly parts: Parts;
  readonly role: Role;
  readonly signIn: SignIn;
  readonly tracing: Tracing;
  /** In this process; null where several processes serve, or none. */
  readonly edge: Edge | null;
  readonly edges: EdgeCluster | null;
  worker: SupervisedProcess | null;
  readonly seen: { lookups: Lookups };
  readonly stopping: AbortController;
}

/** Serves until SIGTERM or SIGINT. Rejects with a message for the operator when it cannot start. */
export async function serve(config: Config, role: Role): Promise<void> {
  checkRole(config, role);
  const logger = openLogger(config.logLevel);
  const tracing = await startTracing({ settings: config.tracing, process: 'server', logger });
  const parts = await openParts(config, 'own', logger);
  const isThere = await migrateUnlessAway(parts);
  const signIn = openSessions(parts);
  const first = isThere ? await makeFirstStart(parts, signIn) : null;
  const running = await open(parts, { role, signIn, tracing });
  stopOnSignal(running);
  if (isThere) await startWorking(running);
  announce(running, first);
  if (!isThere) await followDatabase(running);
}

/** Machines that share the work must share the database. */
function checkRole(config: Config, role: Role): void {
  if (role === 'all' || config.databaseUrl !== null) return;
  throw new ConfigError(
    `serve --role ${role}: needs DATABASE_URL, because the embedded database belongs to one machine.`,
  );
}

/** False when the database is away: clicks are captured all the same, with the last snapshot of the settings. */
async function migrateUnlessAway(parts: Parts): Promise<boolean> {
  try {
    await migrateDatabase(parts);
    return true;
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    parts.logger.error('the database is away; clicks are captured, everything else waits for it');
    return false;
  }
}

function makeFirstStart({ config, database }: Parts, signIn: SignIn): Promise<FirstStart> {
  return prepareFirstStart({
    db: database.db,
    signIn,
    adminEmail: config.adminEmail,
    adminPassword: config.adminPassword,
    bootstrapApiKey: config.bootstrapApiKey,
  });
}

async function open(parts: Parts, known: Pick<Running, 'role' | 'signIn' | 'tracing'>): Promise<Running> {
  const { role, signIn } = known;
  const count = role === 'worker' ? 0 : countOf(parts.config);
  const seen: Running['seen'] = { lookups: {} };
  const siblings = { allMetrics: null, limits: null, workerLookups: () => seen.lookups };
  const simulators = simulatorsOf(parts.config, role);
  const edge = count === 1 ? await openEdge(parts, { signIn, writer: '0', simulators, siblings }) : null;
  const edges = count > 1 ? startEdges(count, parts.logger) : null;
  await edges?.firstReady;
  return { ...known, parts, edge, edges, worker: null, seen, stopping: new AbortController() };
}

const countOf = ({ workers }: Config): number => (workers === 'auto' ? availableParallelism() : workers);

/**
 * The simulators are part of the try-it page, which is not there in production; they keep what they received in the
 * memory of one process, so that they are not there either where several processes or machines serve.
 */
function simulatorsOf(config: Config, role: Role): string | null {
  if (config.isProduction || role !== 'all' || countOf(config) > 1) return null;
  const isAnyAddress = config.host === '0.0.0.0' || config.host === '::';
  return `http://${isAnyAddress ? '127.0.0.1' : config.host}:${config.port}/try`;
}

async function startWorking(running: Running): Promise<void> {
  const { parts, role, edge, edges, seen } = running;
  running.worker = startWorker({
    duties: role === 'edge' ? 'drain' : 'all',
    simulators: simulatorsOf(parts.config, role),
    logger: parts.logger,
    onMessage: (message) => {
      if (!isSiblingMessage(message) || message.kind !== 'lookups') return;
      seen.lookups = message.counts;
      edges?.tellLookups(message.counts);
    },
  });
  if (edge) await prepareTryOut(edge.rooms, edge.tryRoom);
}

function announce({ parts, role }: Running, first: FirstStart | null): void {
  const { config, database } = parts;
  const banner = buildBanner({
    publicUrl: role === 'worker' ? null : config.publicUrl,
    database: database.kind,
    owner: first?.owner ?? null,
    tryUrl: simulatorsOf(config, role) === null ? null : `${config.publicUrl}/try`,
  });
  process.stdout.write(banner);
}

async function followDatabase(running: Running): Promise<void> {
  const { parts, signIn } = running;
  const isThere = await migrateWhenThere(parts, running.stopping.signal);
  if (!isThere) return;
  const first = await makeFirstStart(parts, signIn);
  parts.logger.info('the database is there');
  await running.edge?.rooms.registry.refresh();
  await startWorking(running);
  if (first.owner) announce(running, first);
}

function stopOnSignal(running: Running): void {
  const { logger } = running.parts;
  const stop = (signal: NodeJS.Signals) => {
    // The second signal is from somebody who does not want to wait.
    if (running.stopping.signal.aborted) process.exit(1);
    running.stopping.abort();
    logger.info({ signal }, 'stopping');
    void close(running).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'the server did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** First nothing more comes in, then the log is on the disk, then the worker finishes, then the database closes. */
async function close({ parts, edge, edges, worker, tracing }: Running): Promise<void> {
  await edge?.stopServing();
  await edges?.stop();
  await worker?.stop();
  if (edge) await edge.close();
  else await parts.database.close();
  await tracing.close();
}
