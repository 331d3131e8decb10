import { parseArgs } from 'node:util';
import { CLICK_FOLLOWERS } from './bot/follow-clicks.ts';
import { startBotLoops } from './bot/loops.ts';
import { createBroadcastLoop } from './broadcasts/broadcast-loop.ts';
import { ConfigError, readConfig } from './config.ts';
import { systemClock } from './io/clock.ts';
import { openLogger } from './io/logger.ts';
import { startTracing } from './io/tracing/start-tracing.ts';
import { JOBS } from './jobs/registry.ts';
import { startJobs } from './jobs/start-jobs.ts';
import { openParts } from './parts.ts';
import { createPaymentLoops } from './payments/payment-loops.ts';
import { createProfileLoop } from './profiles/profile-loop.ts';
import { createDrain, type Drain } from './projections/drain.ts';
import type { LookupCounts } from './projections/lookup-counts.ts';
import { closeRooms, openRooms, type Rooms } from './rooms.ts';
import { createSender } from './send/sender.ts';
import type { SiblingMessage } from './siblings.ts';

/**
 * The worker process: everything that may wait for the database or the network. The server starts it, tells it where
 * the simulators are (`--simulators`) and whether it only folds this machine's log (`--duties drain`), and takes it along when it ends, however it ends.
 */
async function work(): Promise<void> {
  endWithServer();
  const { values } = parseArgs({ options: { simulators: { type: 'string' }, duties: { type: 'string' } } });
  const config = readConfig();
  const logger = openLogger(config.logLevel);
  const tracing = await startTracing({ settings: config.tracing, process: 'worker', logger });
  const parts = await openParts(config, 'join', logger);
  const simulators = values.simulators ?? null;
  const rooms = await openRooms(parts, { recent: null, simulators, keepsSnapshot: false });
  const stop = values.duties === 'drain' ? startDrainOnly(rooms) : startLoops(rooms);
  reportLookups(rooms.lookups);
  process.on('message', (message) => {
    if (message === 'stop')
      void stop()
        .then(tracing.close)
        .then(() => process.exit(0));
  });
  // Ctrl-C reaches the whole group; the server then says when to stop.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.send?.('ready');
}

/**
 * The channel breaks when the server is killed: nobody would ever stop a worker that went on. It may have broken while
 * the program was loading, when nobody listened yet.
 */
function endWithServer(): void {
  process.on('disconnect', () => process.exit(0));
  if (process.send !== undefined && !process.connected) process.exit(0);
}

const REPORT_EVERY_MS = 1_000;

/** Starts of polling bots are resolved here; the server shows where their clicks were found. */
function reportLookups(lookups: LookupCounts): void {
  let told = '{}';
  const report = () => {
    const counts = lookups.read();
    const text = JSON.stringify(counts);
    if (text === told || !process.connected) return;
    told = text;
    process.send?.({ kind: 'lookups', counts } satisfies SiblingMessage);
  };
  setInterval(report, REPORT_EVERY_MS).unref();
}

function buildDrain({ config, logger, database, log, leads, enricher }: Rooms): Drain {
  return createDrain({
    db: database.db,
    log,
    ipHashSalt: config.ipHashSalt,
    leads,
    enricher,
    followers: CLICK_FOLLOWERS,
    logger,
    clock: systemClock,
  });
}

const FLUSH_MS = 8_000;

/** Nothing is captured any more: what the log holds is folded now, if the database is there and it does not take long. */
async function stopDrain(drain: Drain, logger: Rooms['logger']): Promise<void> {
  await drain.stop();
  const until = Date.now() + FLUSH_MS;
  try {
    let hasMore = true;
    while (hasMore && Date.now() < until) ({ hasMore } = await drain.runOnce());
  } catch (error) {
    logger.warn({ err: error }, 'the rest of the log is folded at the next start');
  }
}

function startDrainOnly(rooms: Rooms): () => Promise<void> {
  const drain = buildDrain(rooms);
  drain.start();
  return async () => {
    await stopDrain(drain, rooms.logger);
    await closeRooms(rooms);
  };
}

function startLoops(rooms: Rooms): () => Promise<void> {
  const { logger, database } = rooms;
  const { db } = database;
  const drain = buildDrain(rooms);
  const sender = createSender(rooms.sending);
  const payments = createPaymentLoops({ room: rooms.payments, logger });
  const crm = rooms.crm.loop();
  const profiles = createProfileLoop({ db, logger });
  const broadcasts = createBroadcastLoop({ ...rooms.bots, db, logger, clock: systemClock });
  const jobs = startJobs({ database, logger, clock: systemClock, jobs: JOBS, needs: rooms });
  drain.start();
  sender.start();
  payments.start();
  crm.start();
  profiles.start();
  broadcasts.start();
  const bots = startBotLoops({
    ...rooms.bots,
    db,
    logger,
    clock: systemClock,
    clicks: rooms.clicks,
    checkout: rooms.payments.checkout,
  });
  return async () => {
    await Promise.all([
      stopDrain(drain, logger),
      sender.stop(),
      payments.stop(),
      crm.stop(),
      profiles.stop(),
      broadcasts.stop(),
      bots.stop(),
      jobs.stop(),
    ]);
    await closeRooms(rooms);
  };
}

try {
  await work();
} catch (error) {
  process.stderr.write(`${error instanceof ConfigError ? error.message : String(error)}\n`);
  process.exit(1);
}
