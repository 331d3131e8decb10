import { buildBanner } from './banner.ts';
import type { Config } from './config.ts';
import type { ClickFact } from './domain/facts.ts';
import { buildEdge } from './edge.ts';
import type { App } from './http/deps.ts';
import { isDatabaseAway } from './io/database-away.ts';
import type { LogWriter } from './log/log-writer.ts';
import { RecentIndex } from './log/recent-index.ts';
import { openLogWriter } from './log/writer.ts';
import { deriveKey, openParts, type Parts } from './parts.ts';
import { migrateDatabase, migrateWhenThere } from './prepare-database.ts';
import { closeRooms, openRooms, type Rooms, writerDirectoryOf } from './rooms.ts';
import { type FirstStart, prepareFirstStart } from './settings/first-start.ts';
import { openSignIn, type SignIn } from './settings/sign-in.ts';
import type { TryRoom } from './simulators/try-room.ts';
import { openTryOut, prepareTryOut } from './try-out.ts';
import { startWorker, type WorkerProcess } from './worker-process.ts';

/** Clicks that the edge itself still remembers, for a /start that comes before the drain. */
const RECENT_CLICKS = { keepMs: 120_000, maxEntries: 50_000 };

/** The server, up and listening. */
interface Running {
  readonly rooms: Rooms;
  readonly app: App;
  readonly log: LogWriter;
  readonly tryRoom: TryRoom | null;
  worker: WorkerProcess | null;
  readonly stopping: AbortController;
}

/** Serves until SIGTERM or SIGINT. Rejects with a message for the operator when it cannot start. */
export async function serve(config: Config): Promise<void> {
  const parts = await openParts(config, 'own');
  const isThere = await migrateUnlessAway(parts);
  const signIn = openSignIn({
    db: parts.database.db,
    secret: deriveKey(config, 'sessions'),
    publicUrl: config.publicUrl,
    logger: parts.logger,
  });
  const first = isThere ? await makeFirstStart(parts, signIn) : null;
  const running = await openEdge(parts, signIn);
  stopOnSignal(running);
  if (isThere) await startWorking(running);
  announce(running, first);
  if (!isThere) await followDatabase(running, signIn);
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

async function openEdge(parts: Parts, signIn: SignIn): Promise<Running> {
  const { config, logger } = parts;
  const simulators = simulatorsOf(config);
  const recent = new RecentIndex<ClickFact>(RECENT_CLICKS);
  const rooms = await openRooms(parts, { recent, simulators, keepsSnapshot: true });
  // In the background: for as long as it takes (some 300 ms), every place is unknown and the gate lets all pass.
  void rooms.geo.ready();
  const log = await openLogWriter({
    directory: writerDirectoryOf(parts, '0'),
    onLoss: (loss) => logger.fatal(loss, 'RECORDS WERE LOST: the disk takes nothing and the memory is full'),
  });
  const tryRoom = openTryOut(rooms, simulators);
  const app = buildEdge({ rooms, log, recent, signIn, simulators, tryRoom });
  await app.listen({ host: config.host, port: config.port });
  return { rooms, app, log, tryRoom, worker: null, stopping: new AbortController() };
}

/** The simulators are part of the try-it page, which is not there in production. */
function simulatorsOf(config: Config): string | null {
  if (config.isProduction) return null;
  const isAnyAddress = config.host === '0.0.0.0' || config.host === '::';
  return `http://${isAnyAddress ? '127.0.0.1' : config.host}:${config.port}/try`;
}

async function startWorking(running: Running): Promise<void> {
  const simulators = simulatorsOf(running.rooms.config);
  const args = simulators === null ? [] : ['--simulators', simulators];
  running.worker = startWorker(args, running.rooms.logger);
  await prepareTryOut(running.rooms, running.tryRoom);
}

function announce(running: Running, first: FirstStart | null): void {
  const { config, database } = running.rooms;
  const banner = buildBanner({
    publicUrl: config.publicUrl,
    database: database.kind,
    owner: first?.owner ?? null,
    tryUrl: config.isProduction ? null : `${config.publicUrl}/try`,
  });
  process.stdout.write(banner);
}

async function followDatabase(running: Running, signIn: SignIn): Promise<void> {
  const isThere = await migrateWhenThere(running.rooms, running.stopping.signal);
  if (!isThere) return;
  const first = await makeFirstStart(running.rooms, signIn);
  running.rooms.logger.info('the database is there');
  await running.rooms.registry.refresh();
  await startWorking(running);
  if (first.owner) announce(running, first);
}

function stopOnSignal(running: Running): void {
  const stop = (signal: NodeJS.Signals) => {
    // The second signal is from somebody who does not want to wait.
    if (running.stopping.signal.aborted) process.exit(1);
    running.stopping.abort();
    running.rooms.logger.info({ signal }, 'stopping');
    void close(running).then(
      () => process.exit(0),
      (error: unknown) => {
        running.rooms.logger.error({ err: error }, 'the server did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** First nothing more comes in, then the log is on the disk, then the worker finishes, then the database closes. */
async function close(running: Running): Promise<void> {
  running.tryRoom?.close();
  await running.app.close();
  await running.log.close();
  await running.worker?.stop();
  await closeRooms(running.rooms);
}
