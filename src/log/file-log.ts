import { join } from 'node:path';
import type {
  CaptureLog,
  LogKey,
  LogPart,
  MaskQuestion,
  RemoveQuestion,
  ScanQuestion,
} from './capture-log.ts';
import { listCorrupt, type SetAsidePiece, setAsideCorrupt } from './corrupt.ts';
import { type LogLag, logLag } from './lag.ts';
import type { CorruptPiece } from './line-reader.ts';
import { maskLines } from './mask-lines.ts';
import { type LogBatch, readLog, readSegment } from './read-log.ts';
import { removeFolded } from './retention.ts';
import { type ScanResult, scanLog } from './scan-log.ts';
import { type LogCheckpoint, listSegments, logWriters, segmentPath, segmentStat } from './segments.ts';

/** Where a machine's files are, and which machine it is. */
export interface FileLogOptions {
  /** `<DATA_DIR>/log`. */
  readonly directory: string;
  readonly instanceId: string;
}

/** The log on this machine's disk: one part a writer. */
export function openFileLog({ directory, instanceId }: FileLogOptions): CaptureLog {
  return {
    parts: async () =>
      (await logWriters(directory)).map(
        (writer) => new FilePart({ instanceId, writer }, join(directory, writer)),
      ),
    missing: () => null,
    close: async () => undefined,
  };
}

class FilePart implements LogPart {
  readonly key: LogKey;
  readonly isShared = false;
  readonly #directory: string;

  constructor(key: LogKey, directory: string) {
    this.key = key;
    this.#directory = directory;
  }

  read(from: LogCheckpoint): Promise<LogBatch> {
    return readLog({ directory: this.#directory, from });
  }

  lag(checkpoint: LogCheckpoint): Promise<LogLag> {
    return logLag(this.#directory, checkpoint);
  }

  scan(question: ScanQuestion): Promise<ScanResult> {
    return scanLog({ ...question, directory: this.#directory });
  }

  async readAll(onRecord: (json: string) => void): Promise<void> {
    const directory = this.#directory;
    const record = (json: string) => {
      onRecord(json);
      return true;
    };
    for (const segment of await listSegments(directory))
      await readSegment({ directory, segment, offset: 0, sink: { record, corrupt: () => true } });
  }

  mask({ before, choose, mask }: MaskQuestion): Promise<number> {
    return maskLines({ directory: this.#directory, before, choose, mask });
  }

  async removeFolded(question: RemoveQuestion): Promise<void> {
    await removeFolded({ ...question, directory: this.#directory });
  }

  async endsBefore(place: LogCheckpoint): Promise<boolean> {
    const last = (await listSegments(this.#directory)).at(-1);
    if (last === undefined || last > place.segment) return false;
    const size = (await segmentStat(segmentPath(this.#directory, last)))?.size ?? 0;
    return last < place.segment || size < place.offset;
  }

  setAside(pieces: readonly CorruptPiece[]): Promise<void> {
    return setAsideCorrupt(this.#directory, pieces);
  }

  listSetAside(): Promise<SetAsidePiece[]> {
    return listCorrupt(this.#directory);
  }
}
