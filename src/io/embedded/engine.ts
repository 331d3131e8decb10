import { PGlite } from '@electric-sql/pglite';
import { DurableFiles } from './durable-files.ts';
import { buildMessage, eachServerMessage, readText } from './wire.ts';

/** A session's state after an answer: idle, in a transaction, in a failed one, or in the middle of a sequence. */
export type SessionStatus = 'I' | 'T' | 'E' | 'unfinished';

/** The engine's bytes for a client, and what they say about the session. */
export type EngineAnswer = {
  bytes: Buffer;
  status: SessionStatus;
  tags: string[];
  notifications: Notification[];
};

/** A NOTIFY on its way to its listeners, as a whole protocol message. */
export type Notification = { channel: string; bytes: Buffer };

const settings = {
  // Without -F it syncs; this is the only method that goes through the file system's fsync.
  wal_sync_method: 'fsync',
  // 128 MB by default; this made the process 106 MB smaller and no query slower.
  shared_buffers: '32MB',
  min_wal_size: '32MB',
};

/** The one PostgreSQL session that PGlite offers. Everything runs at once and blocks its thread. */
export class Engine {
  readonly #lite: PGlite;

  private constructor(lite: PGlite) {
    this.#lite = lite;
  }

  /**
   * Opens a cluster, or makes it where there is none. `aborted` is called when the engine panics and must end
   * the thread. @throws unless its syncs reach the disk.
   */
  static async open(cluster: string, aborted: () => never): Promise<Engine> {
    const files = new DurableFiles(cluster, aborted);
    const durable = PGlite.defaultStartParams.filter((parameter) => parameter !== '-F');
    const chosen = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const engine = new Engine(await PGlite.create({ fs: files, startParams: [...durable, ...chosen] }));
    const before = files.syncs;
    engine.run('checkpoint');
    if (files.syncs === before) throw new Error('the embedded database does not sync its files: not started');
    return engine;
  }

  /** What a new connection is told: authentication, parameters, key, ready. */
  greeting(): Buffer {
    const text = Buffer.from('user\0postgres\0database\0postgres\0\0');
    const head = Buffer.alloc(8);
    head.writeInt32BE(8 + text.length, 0);
    head.writeInt32BE(3 << 16, 4);
    return Buffer.from(this.#lite.execProtocolRawSync(Buffer.concat([head, text])));
  }

  /** Runs whole protocol messages. @throws when the engine has ended itself. */
  execute(messages: Buffer): EngineAnswer {
    process.exitCode = undefined;
    const chunks: Buffer[] = [];
    // The raw stream calls back with views into the engine's memory: they must be copied. It runs at once.
    void this.#lite.execProtocolRawStream(messages, {
      syncToFs: false,
      onRawData: (data) => chunks.push(Buffer.from(data)),
    });
    // PGlite swallows the exit of its program, but leaves the code here; 100 is how it takes up the next query after an error.
    if (process.exitCode !== undefined && process.exitCode !== 100) {
      throw new Error(`PostgreSQL has ended itself with code ${process.exitCode}`);
    }
    return readAnswer(Buffer.concat(chunks));
  }

  /** Runs SQL without parameters; rows come as text. @throws with the server's message. */
  run(sql: string): (string | null)[][] {
    const rows: (string | null)[][] = [];
    let failure = '';
    eachServerMessage(this.execute(buildMessage('Q', sql)).bytes, (type, body) => {
      if (type === 'D') rows.push(readRow(body));
      if (type === 'E') failure = readErrorMessage(body);
    });
    if (failure !== '') throw new Error(failure);
    return rows;
  }

  /** Ends whatever a client left open: half a sequence, a transaction. */
  rollBack(): void {
    const { status } = this.execute(buildMessage('S'));
    if (status !== 'I') this.run('rollback');
  }

  /** Writes everything down and ends. */
  async close(): Promise<void> {
    this.run('checkpoint');
    await this.#lite.close();
  }
}

function readAnswer(bytes: Buffer): EngineAnswer {
  const answer: EngineAnswer = { bytes, status: 'unfinished', tags: [], notifications: [] };
  const kept: Buffer[] = [];
  let start = 0;
  let at = 0;
  eachServerMessage(bytes, (type, body) => {
    const begin = at;
    at += 5 + body.length;
    if (type === 'Z') answer.status = readStatus(body);
    if (type === 'C') answer.tags.push(readText(body, 0).text);
    if (type !== 'A') return;
    answer.notifications.push({ channel: readText(body, 4).text, bytes: bytes.subarray(begin, at) });
    kept.push(bytes.subarray(start, begin));
    start = at;
  });
  if (start > 0) answer.bytes = Buffer.concat([...kept, bytes.subarray(start)]);
  return answer;
}

function readStatus(body: Buffer): SessionStatus {
  const letter = body.toString('latin1');
  return letter === 'T' || letter === 'E' ? letter : 'I';
}

function readRow(body: Buffer): (string | null)[] {
  const row: (string | null)[] = [];
  let at = 2;
  for (let column = 0; column < body.readInt16BE(0); column += 1) {
    const length = body.readInt32BE(at);
    at += 4;
    row.push(length < 0 ? null : body.toString('utf8', at, at + length));
    at += Math.max(length, 0);
  }
  return row;
}

function readErrorMessage(body: Buffer): string {
  let at = 0;
  while (at < body.length && body[at] !== 0) {
    const { text, end } = readText(body, at);
    if (text.startsWith('M')) return text.slice(1);
    at = end;
  }
  return 'unknown error';
}
