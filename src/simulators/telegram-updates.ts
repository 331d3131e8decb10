import { setTimeout as wait } from 'node:timers/promises';

/** An update as the Bot API tells it. */
export type SimulatedUpdate = Readonly<Record<string, unknown>> & { readonly update_id: number };

/** Kinds of updates that the simulator makes. */
export type UpdateKind = 'message' | 'callback_query' | 'my_chat_member';

/** A call to the bot's webhook; null when there was no answer. */
export type PushWebhook = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
) => Promise<{ readonly status: number; readonly retryAfterSeconds: number | null } | null>;

/** Where updates go, and what became of it. */
export interface Webhook {
  readonly url: string;
  readonly secretToken: string | null;
  lastErrorAt: number | null;
  lastErrorMessage: string | null;
}

/** What the deliveries need. */
export interface UpdatesOptions {
  readonly now: () => number;
  readonly push: PushWebhook;
  /** The first wait of the doubling ones (2 s at Telegram). */
  readonly retryMs: number;
}

interface Waiting {
  readonly update: SimulatedUpdate;
  readonly chatId: number;
  /** Telegram forgets it then. */
  readonly until: number;
}

const HOUR_MS = 3_600_000;
const TTL_MS: Readonly<Record<UpdateKind, number>> = {
  message: 24 * HOUR_MS,
  callback_query: 150_000,
  my_chat_member: 24 * HOUR_MS,
};
const MAX_RETRY_MS = 60_000;
const MAX_RETRY_AFTER_S = 3_600;
const MOST_KEPT = 2_000;

/** The updates of one bot: pushed to its webhook, one in flight a chat, or waiting to be asked for. */
export class Updates {
  readonly #options: UpdatesOptions;
  #lastId: number;
  #waiting: Waiting[] = [];
  #past: Waiting[] = [];
  readonly #busyChats = new Set<number>();
  readonly #stop = new AbortController();
  #poll: AbortController | null = null;
  #isHeld = false;
  #allowed: readonly string[] = [];
  webhook: Webhook | null = null;

  constructor(options: UpdatesOptions, firstId: number) {
    this.#options = options;
    this.#lastId = firstId;
  }

  get pending(): number {
    return this.#waiting.length;
  }

  /** Every update that was told or is waiting, oldest first; the last 2,000. */
  get all(): readonly SimulatedUpdate[] {
    return [...this.#past, ...this.#waiting].map((one) => one.update);
  }

  /** Empty lets everything through; absent keeps what was set before, as at Telegram. */
  allow(kinds: readonly string[] | undefined): void {
    if (kinds) this.#allowed = kinds;
  }

  setWebhook(webhook: { url: string; secretToken: string | null } | null): void {
    this.webhook = webhook && { ...webhook, lastErrorAt: null, lastErrorMessage: null };
    this.#poll?.abort();
    this.#pump();
  }

  dropWaiting(): void {
    this.#waiting = [];
  }

  /** Tells of something that a person did. */
  add(kind: UpdateKind, chatId: number, content: object): SimulatedUpdate {
    this.#lastId += 1;
    const update = { update_id: this.#lastId, [kind]: content };
    if (this.#allowed.length > 0 && !this.#allowed.includes(kind)) return update;
    this.#waiting.push({ update, chatId, until: this.#options.now() + TTL_MS[kind] });
    if (this.#waiting.length > MOST_KEPT) this.#waiting.shift();
    this.#poll?.abort();
    this.#pump();
    return update;
  }

  /** Holds updates back until `release`, to tell them all at once or in another order. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Tells what was held back, the last first if asked; then goes on as always. */
  async release(order: 'as_made' | 'reversed' = 'as_made'): Promise<void> {
    this.#isHeld = false;
    if (order === 'as_made') return this.#pump();
    const held = this.#waiting.splice(0).reverse();
    for (const one of held) if (!(await this.#tell(one))) this.#waiting.push(one);
  }

  /** Tells every past update once more; the webhook's status codes. */
  async replay(): Promise<number[]> {
    const statuses: number[] = [];
    for (const one of [...this.#past]) statuses.push((await this.#push(one.update))?.status ?? 0);
    return statuses;
  }

  /** Updates from `offset` on; those before it are confirmed. Waits up to `timeoutS` for the first. */
  async poll(question: {
    offset: number;
    limit: number;
    timeoutS: number;
  }): Promise<'conflict' | SimulatedUpdate[]> {
    this.#poll?.abort('conflict');
    const { offset, limit, timeoutS } = question;
    this.#confirm(offset);
    if (this.#waiting.length === 0 && timeoutS > 0) {
      const mine = new AbortController();
      this.#poll = mine;
      await wait(timeoutS * 1000, undefined, {
        signal: AbortSignal.any([mine.signal, this.#stop.signal]),
      }).catch(() => undefined);
      if (this.#poll === mine) this.#poll = null;
      if (this.webhook || mine.signal.reason === 'conflict') return 'conflict';
    }
    return this.#waiting.slice(0, limit).map((one) => one.update);
  }

  /** Ends all waiting; nothing is told any more. */
  close(): void {
    this.#stop.abort();
  }

  #confirm(offset: number): void {
    const from = offset < 0 ? this.#lastId + 1 + offset : offset;
    const confirmed = this.#waiting.filter((one) => one.update.update_id < from);
    this.#waiting = this.#waiting.filter((one) => one.update.update_id >= from);
    this.#remember(confirmed);
  }

  #remember(told: readonly Waiting[]): void {
    this.#past = [...this.#past, ...told].slice(-MOST_KEPT);
  }

  #pump(): void {
    if (!this.webhook || this.#isHeld) return;
    for (const { chatId } of this.#waiting) {
      if (this.#busyChats.has(chatId)) continue;
      this.#busyChats.add(chatId);
      void this.#deliver(chatId);
    }
  }

  async #deliver(chatId: number): Promise<void> {
    try {
      await this.#deliverAll(chatId);
    } finally {
      this.#busyChats.delete(chatId);
    }
  }

  /** The first retry is immediate, the next ones wait twice as long each time. */
  async #deliverAll(chatId: number): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted && this.webhook && !this.#isHeld) {
      const next = this.#waiting.find((one) => one.chatId === chatId);
      if (!next) return;
      if (next.until < this.#options.now()) {
        this.#take(next);
        continue;
      }
      const waitMs = await this.#attempt(next, failures);
      failures = waitMs === null ? 0 : failures + 1;
      if (waitMs)
        await wait(waitMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
    }
  }

  /** Null when the update was taken, else how long to wait before the next attempt. */
  async #attempt(next: Waiting, failures: number): Promise<number | null> {
    const answer = await this.#push(next.update);
    if (answer && answer.status >= 200 && answer.status < 300) {
      this.#take(next);
      return null;
    }
    if (this.webhook) {
      this.webhook.lastErrorAt = this.#options.now();
      this.webhook.lastErrorMessage = answer
        ? `Wrong response from the webhook: ${answer.status}`
        : 'Connection failed';
    }
    if (answer?.retryAfterSeconds) return Math.min(answer.retryAfterSeconds, MAX_RETRY_AFTER_S) * 1000;
    return failures === 0 ? 0 : Math.min(this.#options.retryMs * 2 ** (failures - 1), MAX_RETRY_MS);
  }

  async #tell(one: Waiting): Promise<boolean> {
    const answer = await this.#push(one.update);
    const isTaken = answer !== null && answer.status >= 200 && answer.status < 300;
    if (isTaken) this.#remember([one]);
    return isTaken;
  }

  #take(one: Waiting): void {
    this.#waiting = this.#waiting.filter((other) => other !== one);
    this.#remember([one]);
  }

  #push(update: SimulatedUpdate): ReturnType<PushWebhook> {
    const { webhook } = this;
    if (!webhook) return Promise.resolve(null);
    const secret = webhook.secretToken;
    const headers = {
      'content-type': 'application/json',
      ...(secret === null ? {} : { 'x-telegram-bot-api-secret-token': secret }),
    };
    return this.#options.push(webhook.url, headers, JSON.stringify(update));
  }
}
