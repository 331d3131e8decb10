import { receiveUpdate } from './bot/receive-update.ts';
import { createTelegramSetup } from './bot/telegram-setup.ts';
import { buildApp } from './http/app.ts';
import { type ClientIpReader, createClientIpReader } from './http/client-ip.ts';
import { createCollectHandler } from './http/collect/collect-handler.ts';
import type { App, StreamReport } from './http/deps.ts';
import { createGoHandler } from './http/go/go-handler.ts';
import type { Metrics } from './http/metrics.ts';
import { systemClock } from './io/clock.ts';
import { migrationState } from './io/migrate.ts';
import { MIGRATIONS_DIRECTORY } from './io/migrations-directory.ts';
import type { LogWriter } from './log/log-writer.ts';
import type { StreamWriter } from './log/nats/stream-writer.ts';
import { buildPrivacyTools } from './privacy/build-privacy-tools.ts';
import { readDrainState } from './projections/drain-state.ts';
import { buildHotEntry } from './projections/hot-click.ts';
import { sumLookups } from './projections/lookup-counts.ts';
import type { RecentClicks } from './projections/recent-clicks.ts';
import type { Rooms } from './rooms.ts';
import { testDestination } from './send/test-destination.ts';
import { createKeyVerifier } from './settings/key-verifier.ts';
import type { SignIn } from './settings/sign-in.ts';
import type { Siblings } from './siblings.ts';
import type { TryRoom } from './simulators/try-room.ts';

/** What the edge works with beside the rooms. */
export interface EdgeOptions {
  readonly rooms: Rooms;
  readonly log: LogWriter;
  /** The same writer, where it writes to a stream; null where it does not. */
  readonly streamWriter: StreamWriter | null;
  readonly recent: RecentClicks;
  readonly signIn: SignIn;
  readonly metrics: Metrics;
  /** The other processes of this machine. */
  readonly siblings: Siblings;
  /** Where the simulators are reached over loopback; null where there are none. */
  readonly simulators: string | null;
  /** The simulators themselves, with their pages. */
  readonly tryRoom: TryRoom | null;
}

/** Puts the HTTP application together; it does not listen. */
export function buildEdge(options: EdgeOptions): App {
  const { rooms, log, signIn, metrics, siblings } = options;
  const { config, logger, vault, registry, database } = rooms;
  const readClientIp = createClientIpReader(config.trustProxy);
  const receiving = { ...rooms.bots, db: database.db, clicks: rooms.clicks, clock: systemClock, logger };
  return buildApp({
    db: database.db,
    registry,
    vault,
    log,
    logger,
    clock: systemClock,
    metrics,
    publicUrl: config.publicUrl,
    readClientIp,
    keys: createKeyVerifier({ db: database.db, clock: systemClock }),
    signIn,
    telegram: createTelegramSetup({
      telegram: config.vendorUrls.TELEGRAM_API_URL,
      simulator: options.simulators === null ? null : `${options.simulators}/telegram`,
    }),
    receiveUpdate: (bot, update) => receiveUpdate(receiving, bot, update),
    accessOf: rooms.bots.accessOf,
    payments: rooms.payments,
    leads: rooms.leads,
    privacy: buildPrivacyTools(rooms, rooms.log),
    crm: rooms.crm,
    reportMails: rooms.reportMails,
    tryRoom: options.tryRoom,
    testDestination: (destinationId) => testDestination(rooms.sending, destinationId),
    readMetrics: siblings.allMetrics ?? (() => metrics.registry.metrics()),
    readStores: () => ({
      ...rooms.stores.state(),
      lookups: sumLookups(rooms.lookups.read(), siblings.workerLookups()),
    }),
    readStream: () => readStreamReport(options),
    readMigrationState: () => migrationState(database, { directory: MIGRATIONS_DIRECTORY }),
    readDrainState: () =>
      readDrainState({
        db: database.db,
        log: rooms.log,
        clock: systemClock,
      }),
    ...buildCaptureHandlers(options, readClientIp),
  });
}

function readStreamReport({ rooms, streamWriter }: EdgeOptions): StreamReport | null {
  const { captureStream } = rooms;
  if (captureStream === null || streamWriter === null) return null;
  const { stream, replicas } = captureStream.settings;
  return { ...captureStream.state, ...streamWriter.streamState(), wanted: { stream, replicas } };
}

/** The two routes whose facts go to the capture log, past the framework. */
function buildCaptureHandlers(options: EdgeOptions, clientIp: ClientIpReader) {
  const { rooms, log, recent, metrics, siblings } = options;
  const { config, logger, registry } = rooms;
  const shared = {
    registry,
    log,
    clientIp,
    clock: systemClock,
    logger,
    metrics,
    publicUrl: config.publicUrl,
    goRateLimit: config.goRateLimit,
    limits: siblings.limits,
  };
  return {
    collectHandler: createCollectHandler(shared),
    goHandler: createGoHandler({
      ...shared,
      onCaptured: (fact, json) => {
        recent.keep(fact.token, json);
        rooms.stores.keep(() => buildHotEntry(fact));
      },
      geoCountry: (ip) => rooms.geo.place(ip)?.country ?? null,
      isDatacenter: (ip) => rooms.geo.network(ip)?.isDatacenter ?? false,
      hasSimulators: options.tryRoom !== null,
    }),
  };
}
