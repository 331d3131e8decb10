import { buildEdge } from './edge.ts';
import type { App } from './http/deps.ts';
import { buildMetrics } from './http/metrics.ts';
import type { LogWriter } from './log/log-writer.ts';
import type { StreamWriter } from './log/nats/stream-writer.ts';
import { openLogWriter } from './log/writer.ts';
import { deriveKey, type Parts } from './parts.ts';
import { isCountedRecord } from './projections/read-fact.ts';
import { RecentClicks } from './projections/recent-clicks.ts';
import { closeRooms, openRooms, type Rooms, writerDirectoryOf } from './rooms.ts';
import { openSignIn, type SignIn } from './settings/sign-in.ts';
import type { Siblings } from './siblings.ts';
import type { TryRoom } from './simulators/try-room.ts';
import { openTryOut } from './try-out.ts';

/** The edge, up and listening. */
export interface Edge {
  readonly rooms: Rooms;
  readonly tryRoom: TryRoom | null;
  /** This process's metrics, to be put together with the others'. */
  readOwnMetrics(): Promise<unknown>;
  /** First nothing more comes in, then the log is on the disk. The rooms stay open. */
  stopServing(): Promise<void>;
  /** Closes the rooms, the database with them. */
  close(): Promise<void>;
}

/** What an edge of this process is. */
export interface OpenEdgeOptions {
  readonly signIn: SignIn;
  /** Name of its directory of the capture log: one a process. */
  readonly writer: string;
  /** Where the simulators are reached over loopback; null where there are none. */
  readonly simulators: string | null;
  /** The other processes of this machine. */
  readonly siblings: Siblings;
}

/** Opens the rooms and serves. Rejects if the port is taken or the log cannot be written. */
export async function openEdge(parts: Parts, options: OpenEdgeOptions): Promise<Edge> {
  const { config, logger } = parts;
  const { signIn, simulators, siblings } = options;
  const recent = new RecentClicks();
  const rooms = await openRooms(parts, { recent, simulators, keepsSnapshot: true });
  // In the background: for as long as it takes (some 300 ms), every place is unknown and the gate lets all pass.
  void rooms.geo.ready();
  const file = await openLogWriter({
    directory: writerDirectoryOf(parts, options.writer),
    onLoss: (loss) => logger.fatal(loss, 'RECORDS WERE LOST: the disk takes nothing and the memory is full'),
  });
  const streamWriter = await openStream(rooms, file);
  const log = streamWriter ?? file;
  const tryRoom = openTryOut(rooms, simulators);
  const metrics = buildMetrics();
  const app = buildEdge({ rooms, log, streamWriter, recent, signIn, metrics, simulators, tryRoom, siblings });
  await app.listen({ host: config.host, port: config.port });
  return {
    rooms,
    tryRoom,
    readOwnMetrics: () => metrics.registry.getMetricsAsJSON(),
    stopServing: () => stopServing({ app, log, tryRoom }),
    close: () => closeRooms(rooms),
  };
}

/** The writer to the stream that stands before this machine's disk; null where none is configured. */
async function openStream(
  { captureStream: stream, instanceId }: Rooms,
  file: LogWriter,
): Promise<StreamWriter | null> {
  if (stream === null) return null;
  const { openStreamWriter } = await import('./log/nats/stream-writer.ts');
  return openStreamWriter({ stream, file, machine: instanceId, isCounted: isCountedRecord });
}

const IDLE_CHECK_MS = 50;

async function stopServing(edge: { app: App; log: LogWriter; tryRoom: TryRoom | null }): Promise<void> {
  edge.tryRoom?.close();
  // A connection whose request was under way when the closing began is kept open by the browser afterwards.
  const closing = setInterval(() => edge.app.server.closeIdleConnections(), IDLE_CHECK_MS);
  await edge.app.close();
  clearInterval(closing);
  await edge.log.close();
}

/** Sign-in as every process of the server has it. */
export function openSessions({ config, database, logger }: Parts): SignIn {
  return openSignIn({
    db: database.db,
    secret: deriveKey(config, 'sessions'),
    publicUrl: config.publicUrl,
    logger,
  });
}
