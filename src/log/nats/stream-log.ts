import type { CaptureLog } from '../capture-log.ts';
import type { CaptureStream } from './capture-stream.ts';
import { StreamPart } from './stream-part.ts';

/** What the whole log is made of where a stream is configured. */
export interface StreamLogOptions {
  readonly stream: CaptureStream;
  /** This machine's files: what was written while the stream was away, or before there was one. */
  readonly files: CaptureLog;
  /** `<DATA_DIR>/log`, which takes damaged pieces of the stream too. */
  readonly logDirectory: string;
}

/** This machine's files and the stream, as one log. Closing it closes the stream's connection. */
export function openStreamLog({ stream, files, logDirectory }: StreamLogOptions): CaptureLog {
  let part: StreamPart | null = null;
  const findPart = (): StreamPart[] => {
    const { facts, trouble } = stream.state;
    if (facts === null || trouble !== null) return [];
    if (part?.key.instanceId !== facts.id) {
      part?.close();
      part = new StreamPart(stream, { id: facts.id, logDirectory });
    }
    return [part];
  };
  return {
    parts: async () => [...(await files.parts()), ...findPart()],
    missing: () => {
      const { trouble } = stream.state;
      return trouble === null ? null : `the capture stream is away: ${trouble}`;
    },
    close: async () => {
      part?.close();
      await stream.close();
      await files.close();
    },
  };
}
