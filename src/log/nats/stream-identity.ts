import { randomUUID } from 'node:crypto';
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { StreamSettings } from './stream-settings.ts';

/** A stream as it is now. */
export interface StreamFacts {
  /** Made with the stream and kept with it: another one is another log, however it is called. */
  readonly id: string;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly messages: number;
  readonly bytes: number;
  readonly replicas: number;
  /** Copies that are up to date, the leader's with them. */
  readonly currentReplicas: number;
  /** Why it may lose records that were not folded; null if it does not. */
  readonly danger: string | null;
}

const DESCRIPTION = 'Rastro capture log ';
/** A record told twice within this time is stored once; longer than any writer is in doubt about one. */
const DUPLICATE_WINDOW_MS = 120_000;
const API_STREAM_EXISTS = 10_058;
const API_TOO_FEW_PEERS = 10_005;
const API_NOT_CLUSTERED = 10_074;

/** All subjects of a stream. */
export const streamSubjects = (stream: string): string => `${stream}.>`;

/** Finds the stream, or makes it with as many copies as the cluster can keep. Throws what the server says, or that the stream is somebody else's. */
export async function openStream(
  jsm: JetStreamManager,
  settings: Pick<StreamSettings, 'stream' | 'replicas'>,
): Promise<StreamFacts> {
  try {
    return readStream(await jsm.streams.info(settings.stream));
  } catch (error) {
    if (readApiCode(error) !== JetStreamApiCodes.StreamNotFound) throw error;
  }
  for (let replicas = settings.replicas; ; replicas = Math.max(1, replicas - 2)) {
    try {
      return readStream(await create(jsm, settings.stream, replicas));
    } catch (error) {
      const code = readApiCode(error);
      if (code === API_STREAM_EXISTS) return readStream(await jsm.streams.info(settings.stream));
      // A single server says so, a cluster that it lacks peers: fewer copies are better than none.
      const isTooMany = code === API_TOO_FEW_PEERS || code === API_NOT_CLUSTERED;
      if (!isTooMany || replicas <= 1) throw error;
    }
  }
}

const readApiCode = (error: unknown): number => (error instanceof JetStreamApiError ? error.code : 0);

/** Asks for the copies that there were no peers for when the stream was made. Throws if there are none yet. */
export async function raiseReplicas(
  jsm: JetStreamManager,
  { stream, replicas }: Pick<StreamSettings, 'stream' | 'replicas'>,
): Promise<StreamFacts> {
  return readStream(await jsm.streams.update(stream, { num_replicas: replicas }));
}

function create(jsm: JetStreamManager, stream: string, replicas: number): Promise<StreamInfo> {
  return jsm.streams.add({
    name: stream,
    description: `${DESCRIPTION}${randomUUID()}`,
    subjects: [streamSubjects(stream)],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    // No limit of age: what was not folded must never go by itself. The drain removes what is folded and a day old.
    discard: DiscardPolicy.New,
    num_replicas: replicas,
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
  });
}

/** Reads a stream's state. Throws if it was not made by this program. */
export function readStream(info: StreamInfo): StreamFacts {
  const { config, state, cluster } = info;
  const id = config.description?.startsWith(DESCRIPTION) ? config.description.slice(DESCRIPTION.length) : '';
  if (id === '') {
    throw new Error(
      `the stream ${config.name} was not made by Rastro: give CAPTURE_LOG_STREAM another name, or remove that stream`,
    );
  }
  const followers = cluster?.replicas ?? [];
  return {
    id,
    firstSequence: state.first_seq,
    lastSequence: state.last_seq,
    messages: state.messages,
    bytes: state.bytes,
    replicas: config.num_replicas,
    currentReplicas: 1 + followers.filter((peer) => peer.current && !peer.offline).length,
    danger: findDanger(info),
  };
}

function findDanger({ config }: StreamInfo): string | null {
  if (config.max_age > 0) return 'it drops records by age (max_age), folded or not';
  // Even with `discard: new` nats-server 2.9 drops the oldest message for a new one that fits but for its overhead.
  if (config.max_bytes > 0) return 'it drops old records when it is full (max_bytes)';
  if (config.max_msgs > 0) return 'it drops old records when it is full (max_msgs)';
  if (config.storage !== StorageType.File) return 'it is kept in memory';
  return null;
}
