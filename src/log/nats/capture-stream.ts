import { readFileSync } from 'node:fs';
import {
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { openStream, raiseReplicas, type StreamFacts } from './stream-identity.ts';
import type { StreamSettings } from './stream-settings.ts';

/** What the stream's user may say of it. */
export interface StreamLogger {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

/** A connection with what is needed of it. */
export interface StreamAccess {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
}

/** How the stream is, as seen from this process. */
export interface StreamState {
  /** Null until it was reached once. */
  readonly facts: StreamFacts | null;
  /** Why it cannot be used now; null while it can. */
  readonly trouble: string | null;
}

const LOOK_EVERY_MS = 1_000;
/** A cluster without a leader does not answer at all. */
const API_TIMEOUT_MS = 1_000;
const RAISE_EVERY_MS = 60_000;

/** The stream as this process reaches it: connects in the background, for as long as it takes, and looks every second how it is. */
export class CaptureStream {
  readonly settings: StreamSettings;
  readonly #logger: StreamLogger;
  #access: StreamAccess | null = null;
  #facts: StreamFacts | null = null;
  #trouble: string | null = 'not connected yet';
  #isClosed = false;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #raisedAt = Number.NEGATIVE_INFINITY;
  readonly #firstLook = Promise.withResolvers<void>();

  constructor(settings: StreamSettings, logger: StreamLogger) {
    this.settings = settings;
    this.#logger = logger;
    void this.#connect();
  }

  get state(): StreamState {
    return { facts: this.#facts, trouble: this.#trouble };
  }

  /** What to ask it with; null while it cannot be used. */
  get access(): StreamAccess | null {
    return this.#trouble === null ? this.#access : null;
  }

  /** Resolves when it can be used, or after `ms`. */
  async ready(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([this.#firstLook.promise, late]);
    clearTimeout(timer);
  }

  /** Looks now how it is. */
  look(): Promise<void> {
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** Writes an empty message, which says nothing to readers; how long that took, in ms. Rejects with the refusal. */
  async probe(): Promise<number> {
    const { access, settings } = this;
    if (access === null) throw new Error(this.#trouble ?? 'away');
    const begun = performance.now();
    await access.js.publish(`${settings.stream}.probe`, new Uint8Array(), { timeout: settings.timeoutMs });
    return performance.now() - begun;
  }

  /**
   * Told by a user of it that it failed just now, in words: it is not used again before a look that went well. A refusal
   * is an answer: a stream that is full can be read.
   */
  fail(error: unknown): string {
    const reason = describeTrouble(error);
    if (!(error instanceof JetStreamApiError)) this.#setTrouble(reason);
    return reason;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#looking?.catch(() => undefined);
    await this.#access?.connection.close();
  }

  async #connect(): Promise<void> {
    try {
      const connection = await connect(buildConnection(this.settings));
      if (this.#isClosed) return await connection.close();
      const options = { timeout: API_TIMEOUT_MS };
      const jsm = await jetstreamManager(connection, { ...options, checkAPI: false });
      this.#access = { connection, js: jetstream(connection, options), jsm };
      void this.#watch(connection);
    } catch (error) {
      this.#setTrouble(describeTrouble(error));
    }
    await this.#keepLooking();
  }

  async #keepLooking(): Promise<void> {
    if (this.#isClosed) return;
    // The client gives up a connection whose user is refused twice.
    if (this.#access?.connection.isClosed()) this.#access = null;
    if (this.#access === null) {
      this.#timer = setTimeout(() => void this.#connect(), LOOK_EVERY_MS).unref();
      return;
    }
    await this.look();
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#keepLooking(), LOOK_EVERY_MS).unref();
  }

  async #watch(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect' || type === 'close') this.#setTrouble('the connection broke');
      if (type === 'reconnect') void this.look();
    }
  }

  async #lookNow(): Promise<void> {
    const access = this.#access;
    if (access === null || access.connection.isClosed()) return;
    try {
      const facts = await openStream(access.jsm, this.settings);
      this.#facts = facts;
      this.#setTrouble(null);
      this.#firstLook.resolve();
      await this.#raise(access, facts);
    } catch (error) {
      this.#setTrouble(describeTrouble(error));
    }
  }

  /** A stream that was made while nodes were missing gets its copies when they are there. */
  async #raise({ jsm }: StreamAccess, facts: StreamFacts): Promise<void> {
    const isDue = performance.now() - this.#raisedAt > RAISE_EVERY_MS;
    if (facts.replicas >= this.settings.replicas || !isDue) return;
    this.#raisedAt = performance.now();
    const { replicas } = this.settings;
    try {
      this.#facts = await raiseReplicas(jsm, this.settings);
      this.#logger.info({ replicas }, 'the capture stream has all its copies now');
    } catch (error) {
      const fields = { wanted: replicas, has: facts.replicas, reason: describeTrouble(error) };
      this.#logger.warn(fields, 'the capture stream has fewer copies than CAPTURE_LOG_REPLICAS');
    }
  }

  #setTrouble(trouble: string | null): void {
    const before = this.#trouble;
    this.#trouble = trouble;
    if (this.#isClosed || (before === null) === (trouble === null)) return;
    const fields = { stream: this.settings.stream, servers: this.settings.servers };
    if (trouble === null) this.#logger.info(fields, 'the capture stream is there');
    else
      this.#logger.error(
        { ...fields, reason: trouble },
        'THE CAPTURE STREAM IS AWAY: records are kept on this machine only',
      );
  }
}

function buildConnection({ servers, user, password, isTls, credsFile }: StreamSettings) {
  const login = password === null ? { token: user ?? '' } : { user: user ?? '', pass: password };
  return {
    servers: [...servers],
    name: 'rastro',
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    timeout: 2_000,
    // Two missed answers: a node that is frozen is left after four seconds.
    pingInterval: 2_000,
    maxPingOut: 2,
    ...(user === null && password === null ? {} : login),
    ...(isTls ? { tls: {} } : {}),
    ...(credsFile === null ? {} : { authenticator: credsAuthenticator(() => readFileSync(credsFile)) }),
  };
}

/** The reason in few words; the client's errors hold no secrets. */
function describeTrouble(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const text = error.message || error.name;
  return (text === 'timeout' ? 'the cluster does not answer in time' : text).slice(0, 200);
}
