import type { CaptureLog } from './log/capture-log.ts';
import { openFileLog } from './log/file-log.ts';
import { CaptureStream } from './log/nats/capture-stream.ts';
import { openStreamLog } from './log/nats/stream-log.ts';
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
  const stream = new CaptureStream(config.captureStream, logger);
  await stream.ready(FIRST_LOOK_MS);
  const { trouble } = stream.state;
  if (trouble !== null)
    logger.error({ reason: trouble }, 'THE CAPTURE STREAM IS AWAY: records are kept on this machine only');
  return { instanceId, log: openStreamLog({ stream, files, logDirectory }), stream };
}
