import type { CallEnd } from './call-telegram.ts';

/** Calls in a row without an answer after which Telegram counts as away. */
const MOST_SILENT = 3;
/** Messages in a row that Telegram refuses after which the broadcast itself counts as wrong. */
const MOST_REFUSED = 3;
const FAULT_MS = 5_000;

/** Notices when it is Telegram, or the message, that is wrong and not one person's chat: then a lane must not go on as before. */
export class LaneTrouble {
  readonly #silenceMs: number;
  readonly #refused = new Map<string, number>();
  #silent = 0;
  #away = 0;

  constructor(silenceMs: number) {
    this.#silenceMs = silenceMs;
  }

  /** Takes note of an end; a text is why the broadcast must pause. */
  note(broadcastId: string, end: CallEnd): string | null {
    this.#silent = end.kind === 'unknown' ? this.#silent + 1 : 0;
    this.#away = end.kind === 'again' ? this.#away + 1 : 0;
    if (end.kind === 'unauthorized') return `Telegram refuses the bot’s token: ${end.detail}`;
    if (end.kind === 'sent') this.#refused.delete(broadcastId);
    if (end.kind !== 'refused') return null;
    const refused = (this.#refused.get(broadcastId) ?? 0) + 1;
    // After the pause it has as many attempts again.
    this.#refused.set(broadcastId, refused % MOST_REFUSED);
    return refused < MOST_REFUSED ? null : `Telegram refuses the message: ${end.detail}`;
  }

  /** Milliseconds to keep off before the next single call; 0 while all is well. */
  get pauseMs(): number {
    // Every call without an answer leaves a person of whom nobody knows: an outage must not use them all up.
    if (this.#silent >= MOST_SILENT) return this.#silenceMs;
    return this.#away >= MOST_SILENT ? FAULT_MS : 0;
  }
}
