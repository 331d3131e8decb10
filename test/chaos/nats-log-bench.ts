import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { CaptureLog, LogPart } from '../../src/log/capture-log.ts';
import { openFileLog } from '../../src/log/file-log.ts';
import type { LogWriter } from '../../src/log/log-writer.ts';
import { CaptureStream } from '../../src/log/nats/capture-stream.ts';
import { openStreamLog } from '../../src/log/nats/stream-log.ts';
import { readStreamAddress } from '../../src/log/nats/stream-settings.ts';
import { openStreamWriter, type StreamWriter } from '../../src/log/nats/stream-writer.ts';
import type { LogRecord } from '../../src/log/read-log.ts';
import type { LogCheckpoint } from '../../src/log/segments.ts';
import { openLogWriter } from '../../src/log/writer.ts';
import { isCountedRecord } from '../../src/projections/read-fact.ts';
import type { NatsCluster } from '../support/nats-servers.ts';
import { waitFor } from '../support/wait-for.ts';

/** One implementation of the log, as the suite that both must pass sees it. */
export interface LogBench {
  readonly writer: LogWriter;
  readonly log: CaptureLog;
  /** The part that the writer writes to when all is well. */
  part(): Promise<LogPart>;
  /** Puts something between the records that is none, of at least 9 characters. */
  damage(text: string): Promise<void>;
  /** All bytes that are kept anywhere. */
  bytes(): string;
  /** Goes on in a new file where there are files: the live one is never removed. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The log on this machine's disk. */
export async function openFileBench(): Promise<LogBench> {
  const directory = mkdtempSync(join(tmpdir(), 'rastro-log-'));
  const writer = await openLogWriter({ directory: join(directory, '0') });
  const log = openFileLog({ directory, instanceId: 'here' });
  const live = () => join(directory, '0', `${String(writer.state().segment).padStart(12, '0')}.log`);
  return {
    ...{ writer, log },
    part: () => firstPart(log, '0'),
    damage: async (text) => {
      const path = live();
      await writer.rotate();
      appendFileSync(path, `${text}\n`);
    },
    bytes: () => readAll(directory),
    rotate: () => writer.rotate(),
    close: async () => {
      await writer.close();
      rmSync(directory, { recursive: true });
    },
  };
}

let streams = 0;

/** A stream bench, with what only it has. */
export interface StreamBench extends LogBench {
  readonly writer: StreamWriter;
  readonly stream: CaptureStream;
}

/** A stream of its own on the cluster, before the log on this machine's disk. */
export async function openStreamBench(
  cluster: NatsCluster,
  given: { readonly name?: string; readonly timeoutMs?: number } = {},
): Promise<StreamBench> {
  const directory = mkdtempSync(join(tmpdir(), 'rastro-log-'));
  const address = readStreamAddress(cluster.url);
  if (address === null) throw new Error(`no address: ${cluster.url}`);
  streams += 1;
  const { name = `TEST_${process.pid}_${streams}`, timeoutMs = 10_000 } = given;
  const settings = { ...address, credsFile: null, stream: name, replicas: 1, timeoutMs };
  const stream = new CaptureStream(settings, QUIET);
  await stream.ready(20_000);
  const file = await openLogWriter({ directory: join(directory, '0') });
  const writer = openStreamWriter({ stream, file, machine: 'here', isCounted: isCountedRecord });
  const log = openStreamLog({
    stream,
    files: openFileLog({ directory, instanceId: 'here' }),
    logDirectory: directory,
  });
  return {
    ...{ writer, log, stream },
    part: () => waitFor('the stream', async () => firstPart(log, 'stream')),
    damage: (text) => publish(cluster, name, `${text}\n`),
    bytes: () => readAll(directory) + cluster.directories.map(readAll).join(''),
    rotate: async () => undefined,
    close: async () => {
      await writer.close();
      await log.close();
      rmSync(directory, { recursive: true });
    },
  };
}

async function publish(cluster: NatsCluster, stream: string, text: string): Promise<void> {
  const connection = await connect({ servers: cluster.nodes.map((node) => new URL(node.url).host) });
  try {
    await jetstream(connection).publish(`${stream}.stranger`, text);
  } finally {
    await connection.close();
  }
}

async function firstPart(log: CaptureLog, writer: string): Promise<LogPart> {
  const part = (await log.parts()).find((one) => one.key.writer === writer);
  if (part === undefined) throw new Error(`no part called ${writer}`);
  return part;
}

function readAll(directory: string): string {
  return readdirSync(directory)
    .map((name) => join(directory, name))
    .map((path) => (statSync(path).isDirectory() ? readAll(path) : readFileSync(path, 'latin1')))
    .join('');
}

/** All that is behind a place, batch by batch: a batch may be empty because nothing has come over the network yet. */
export async function readBehind(part: LogPart, from: LogCheckpoint) {
  const records: LogRecord[] = [];
  const damaged: string[] = [];
  let place = from;
  for (;;) {
    const batch = await part.read(place);
    records.push(...batch.records);
    damaged.push(...batch.corrupt.map(({ bytes }) => bytes.toString()));
    place = batch.next;
    if (batch.atEnd && (await part.lag(place)).bytes === 0) return { records, damaged, next: place };
  }
}
