import { randomUUID } from 'node:crypto';
import { JetStreamApiError } from '@nats-io/jetstream';
import { worstLineBytes } from '../line.ts';
import type { Appended, LogWriter, LogWriterState } from '../log-writer.ts';
import type { CaptureStream, StreamAccess } from './capture-stream.ts';
import { type Doubt, isStored } from './doubt.ts';
import { buildMessage } from './record-message.ts';
import { STREAM_WRITER } from './stream-part.ts';

/** What a writer to the stream works with. */
export interface StreamWriterOptions {
  readonly stream: CaptureStream;
  /** Takes what the cluster does not take in time; closed with this one. */
  readonly file: LogWriter;
  /** Names this machine and process among those that write to the stream. */
  readonly machine: string;
  /** Records that are counted each time they are read, so that they must never stand in both logs. */
  readonly isCounted: (json: string) => boolean;
}

/** How a writer gets on with the stream, since it was opened. */
export interface StreamWriterState {
  /** Records that the cluster acknowledged, and the messages that held them. */
  readonly replicated: number;
  readonly messages: number;
  /** Records that went to this machine's disk instead. */
  readonly diverted: number;
  /** Why they go there now; null while the cluster takes them. */
  readonly diverting: string | null;
}

/** Appends to the stream, and to this machine's disk where the cluster does not answer in time. */
export interface StreamWriter extends LogWriter {
  streamState(): StreamWriterState;
}

interface Waiting {
  readonly json: string;
  readonly answer: (appended: Appended) => void;
}

/** Most bytes of one message: some hundreds of records, and far below what servers refuse (1 MiB by default). */
const MESSAGE_BYTES = 256 * 1024;
/** Room for the headers of a message. */
const HEADER_BYTES = 1024;
const PROBE_EVERY_MS = 500;

/** Makes a writer; nothing is waited for. */
export function openStreamWriter(options: StreamWriterOptions): StreamWriter {
  return new StreamFirstWriter(options);
}

/** One message in flight at a time; what is appended meanwhile is the next one. */
class StreamFirstWriter implements StreamWriter {
  readonly #options: StreamWriterOptions;
  readonly #subject: string;
  readonly #run = randomUUID();
  #waiting: Waiting[] = [];
  #appended = 0;
  #messages = 0;
  #replicated = 0;
  #diverted = 0;
  #lastSequence = 0;
  #diverting: string | null = null;
  #doubt: Doubt | null = null;
  #running: Promise<void> | null = null;
  #probe: NodeJS.Timeout | null = null;
  #isClosing = false;

  constructor(options: StreamWriterOptions) {
    this.#options = options;
    const { stream, file, machine } = options;
    this.#subject = `${stream.settings.stream}.${machine}.${file.state().writer}`;
    if (stream.access === null) this.#divertFromNowOn(stream.state.trouble ?? 'away');
  }

  append(json: string): Promise<Appended> {
    this.#appended += 1;
    if (this.#diverting !== null || this.#isClosing || worstLineBytes(json) > this.#maxBytes())
      return this.#divert(json);
    return new Promise((resolve) => {
      this.#waiting.push({ json, answer: resolve });
      this.#running ??= this.#publishAll();
    });
  }

  state(): LogWriterState {
    const file = this.#options.file.state();
    return {
      ...file,
      appended: this.#appended,
      durable: file.durable + this.#replicated,
      deferred: file.deferred + (this.#doubt?.records.length ?? 0),
    };
  }

  streamState(): StreamWriterState {
    return {
      replicated: this.#replicated,
      messages: this.#messages,
      diverted: this.#diverted,
      diverting: this.#diverting,
    };
  }

  rotate(): Promise<void> {
    return this.#options.file.rotate();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#running;
    if (this.#probe) clearTimeout(this.#probe);
    // What is in doubt was most likely not taken; nobody is left who could find out.
    for (const json of this.#doubt?.records ?? []) void this.#divert(json);
    this.#doubt = null;
    await this.#options.file.close();
  }

  #maxBytes(): number {
    const limit = this.#options.stream.access?.connection.info?.max_payload ?? MESSAGE_BYTES;
    return limit - HEADER_BYTES;
  }

  #divert(json: string): Promise<Appended> {
    this.#diverted += 1;
    return this.#options.file.append(json);
  }

  async #publishAll(): Promise<void> {
    // Requests that came in the same turn of the event loop share the first message instead of missing it.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const { access, state } = this.#options.stream;
      if (access === null) this.#divertFromNowOn(state.trouble ?? 'away');
      else if (this.#diverting === null) await this.#publishNext(access);
      if (this.#diverting !== null) this.#divertWaiting();
    }
    // In the same turn as the loop's last look: a record appended later finds no run and starts one.
    this.#running = null;
  }

  async #publishNext(access: StreamAccess): Promise<void> {
    const maxBytes = Math.min(MESSAGE_BYTES, this.#maxBytes());
    const { payload, offsets } = buildMessage(
      this.#waiting.map(({ json }) => json),
      maxBytes,
    );
    const batch = this.#waiting.splice(0, offsets.length);
    const id = `${this.#run}-${this.#messages}`;
    const after = Math.max(this.#lastSequence, this.#options.stream.state.facts?.lastSequence ?? 0);
    try {
      const sequence = await this.#publish(access, { payload, id });
      this.#replicated += batch.length;
      for (const [index, { answer }] of batch.entries()) {
        const offset = offsets[index] ?? 0;
        answer({ kind: 'durable', position: { writer: STREAM_WRITER, segment: sequence, offset } });
      }
    } catch (error) {
      this.#divertFromNowOn(this.#options.stream.fail(error));
      if (isRefusal(error)) this.#waiting.unshift(...batch);
      else this.#doubtBatch(batch, { id, after });
    }
  }

  async #publish(
    { js }: StreamAccess,
    { payload, id }: { readonly payload: Uint8Array; readonly id: string },
  ): Promise<number> {
    const { timeoutMs } = this.#options.stream.settings;
    const { seq } = await js.publish(this.#subject, payload, { msgID: id, timeout: timeoutMs });
    this.#messages += 1;
    this.#lastSequence = seq;
    return seq;
  }

  /** Nobody knows whether the cluster took it: what folds the same twice goes to the disk too, the rest waits for the answer. */
  #doubtBatch(batch: readonly Waiting[], { id, after }: Pick<Doubt, 'id' | 'after'>): void {
    const records: string[] = [];
    for (const { json, answer } of batch) {
      if (!this.#options.isCounted(json)) {
        void this.#divert(json).then(answer);
        continue;
      }
      records.push(json);
      answer({ kind: 'deferred', reason: 'the cluster did not say whether it took it' });
    }
    this.#doubt = { id, after, records: [...(this.#doubt?.records ?? []), ...records] };
  }

  #divertWaiting(): void {
    for (const { json, answer } of this.#waiting.splice(0)) void this.#divert(json).then(answer);
  }

  #divertFromNowOn(reason: string): void {
    this.#diverting = reason;
    this.#probeLater();
  }

  #probeLater(): void {
    if (this.#probe || this.#isClosing) return;
    this.#probe = setTimeout(() => {
      this.#probe = null;
      void this.#tryAgain();
    }, PROBE_EVERY_MS).unref();
  }

  /** An empty message tells whether the cluster takes anything, at no visitor's cost; it says nothing to readers. */
  async #tryAgain(): Promise<void> {
    const { stream } = this.#options;
    const { access } = stream;
    try {
      if (access === null) throw new Error(stream.state.trouble ?? 'away');
      const sequence = await this.#publish(access, { payload: new Uint8Array(), id: randomUUID() });
      await this.#settleDoubt(access, sequence);
      this.#diverting = null;
    } catch (error) {
      if (access !== null) this.#diverting = stream.fail(error);
      this.#probeLater();
    }
  }

  async #settleDoubt(access: StreamAccess, until: number): Promise<void> {
    const doubt = this.#doubt;
    if (doubt === null) return;
    const { stream } = this.#options.stream.settings;
    const stored = await isStored(access, { ...doubt, stream, subject: this.#subject, until });
    this.#doubt = null;
    if (stored) {
      this.#replicated += doubt.records.length;
      return;
    }
    for (const json of doubt.records) this.#waiting.push({ json, answer: () => undefined });
    this.#diverting = null;
    this.#running ??= this.#publishAll();
  }
}

/** The cluster said that it did not take it; anything else leaves that open. */
function isRefusal(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return true;
  return error instanceof Error && error.name === 'JetStreamNotEnabled';
}
