import type { CaptureLog } from './log/capture-log.ts';
import { openFileLog } from './log/file-log.ts';
import type { CaptureStream } from './log/nats/capture-stream.ts';
import type { StreamSettings } from './log/nats/stream-settings.ts';
import { logDirectoryOf, type Parts } from './parts.ts';
import { openInstanceId } from './projections/instance-id.ts';

/** The capture log as a process reads it, and the stream that is a part of it. */
export interface OpenLog {
  readonly instanceId: string;
  readonly log: CaptureLog;
  /** Null where the log is on this machine's disk alone. */
  readonly stream: CaptureStream | null;
}

/** A cluster that is there answers within this; one that is not must not hold up a start. */
const FIRST_LOOK_MS = 3_000;

/** Opens the log for reading. A cluster that is away does not stop this; what is on the disk can be read. */
export async function openLog({ config, logger }: Pick<Parts, 'config' | 'logger'>): Promise<OpenLog> {
  const instanceId = await openInstanceId(config.dataDir);
  const logDirectory = logDirectoryOf(config);
  const files = openFileLog({ directory: logDirectory, instanceId });
  if (config.captureStream === null) return { instanceId, log: files, stream: null };
  const stream = await openStream(config.captureStream, logger);
  const { trouble } = stream.state;
  if (trouble !== null)
    logger.error({ reason: trouble }, 'THE CAPTURE STREAM IS AWAY: records are kept on this machine only');
  const { openStreamLog } = await import('./log/nats/stream-log.ts');
  return { instanceId, log: openStreamLog({ stream, files, logDirectory }), stream };
}

// Loaded only where it is configured: the client takes 4 MB of every process.
async function openStream(settings: StreamSettings, logger: Parts['logger']): Promise<CaptureStream> {
  const { CaptureStream } = await import('./log/nats/capture-stream.ts');
  const stream = new CaptureStream(settings, logger);
  await stream.ready(FIRST_LOOK_MS);
  return stream;
}
