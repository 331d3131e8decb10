import { type ConsumerMessages, DeliverPolicy, type JsMsg } from '@nats-io/jetstream';
import type { StreamAccess } from './capture-stream.ts';

/** A message of the stream. */
export interface StreamMessage {
  readonly sequence: number;
  readonly payload: Buffer;
  /** Messages behind it when it was sent to us. */
  readonly pending: number;
}

/** Messages asked for at once, and bytes that wait here before more are asked for. */
const AHEAD_MESSAGES = 100;
const AHEAD_BYTES = 8 * 1024 * 1024;
const HEARTBEAT_MS = 1_000;
const EXPIRES_MS = 10_000;
/** A consumer that nobody asks any more is removed by the cluster after this. */
const INACTIVE_MS = 30_000;

/** Reads the stream's messages in their order, from one on, and keeps some ahead. */
export class MessageReader {
  readonly #messages: ConsumerMessages;
  readonly #waiting: StreamMessage[] = [];
  #bytes = 0;
  #isEnded = false;
  #wake: (() => void) | null = null;

  constructor(messages: ConsumerMessages) {
    this.#messages = messages;
    void this.#pump();
  }

  /** True when nothing more will come: read on with another one. */
  get isEnded(): boolean {
    return this.#isEnded && this.#waiting.length === 0;
  }

  /** The next message, which stays the next one until `drop`; null if none has come yet. */
  peek(): StreamMessage | null {
    return this.#waiting[0] ?? null;
  }

  /** Waits until there is a message, at most `ms`. */
  async wait(ms: number): Promise<void> {
    if (this.#waiting.length > 0 || this.#isEnded) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
      this.#wake = resolve;
    });
    clearTimeout(timer);
  }

  /** Goes on behind the next message. */
  drop(): void {
    this.#bytes -= this.#waiting.shift()?.payload.length ?? 0;
  }

  close(): void {
    this.#isEnded = true;
    this.#waiting.length = 0;
    this.#messages.close().catch(() => undefined);
  }

  async #pump(): Promise<void> {
    try {
      for await (const message of this.#messages) {
        this.#push(message);
        while (this.#bytes > AHEAD_BYTES && !this.#isEnded)
          await new Promise((resolve) => setTimeout(resolve, 20));
        if (this.#isEnded) break;
      }
    } catch {
      // Whoever reads finds nothing more here and begins another one where this one stopped.
    }
    this.#isEnded = true;
    this.#wake?.();
  }

  #push({ seq, data, info }: JsMsg): void {
    if (this.#isEnded) return;
    const payload = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.#waiting.push({ sequence: seq, payload, pending: info.pending });
    this.#bytes += payload.length;
    this.#wake?.();
  }
}

/** Begins to read at a sequence. Throws what the cluster says, or that it does not answer. */
export async function openReader(
  { js }: StreamAccess,
  { stream, from }: { readonly stream: string; readonly from: number },
): Promise<MessageReader> {
  const consumer = await js.consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(1, from),
    inactive_threshold: INACTIVE_MS,
  });
  const messages = await consumer.consume({
    max_messages: AHEAD_MESSAGES,
    expires: EXPIRES_MS,
    idle_heartbeat: HEARTBEAT_MS,
  });
  return new MessageReader(messages);
}
