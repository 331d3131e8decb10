/** A person in the simulated Telegram; in a private chat the chat's id is the person's. */
export interface SimulatedPerson {
  readonly id: number;
  readonly firstName: string;
  readonly lastName?: string;
  readonly username?: string;
  /** IETF tag as the app would tell it: `pt-br`. */
  readonly languageCode?: string;
}

/** A button under a message, with the one thing that it does. */
export type SimulatedButton =
  | { readonly kind: 'callback'; readonly text: string; readonly data: string }
  | { readonly kind: 'copy'; readonly text: string; readonly copied: string }
  | { readonly kind: 'url'; readonly text: string; readonly url: string };

/** A message as the person's app shows it. */
export interface ChatMessage {
  readonly id: number;
  readonly from: 'bot' | 'person';
  /** When it was sent, ms since the epoch. */
  readonly at: number;
  /** Without markup. */
  readonly text: string;
  /** Safe markup: every tag and link was checked, everything else is escaped. */
  readonly html: string;
  /** The picture's file id; null for a message of words. */
  readonly photoId: string | null;
  readonly buttons: readonly (readonly SimulatedButton[])[];
}

/** What the bot answered to a press: a short note over the chat, or an alert that wants an OK. */
export interface PressAnswer {
  readonly queryId: string;
  readonly text: string;
  readonly isAlert: boolean;
}

/** A refusal as the Bot API words it. */
export interface ApiError {
  readonly code: number;
  readonly description: string;
  /** Seconds to wait, with 429. */
  readonly retryAfter?: number;
}

/** What the next call of a method meets instead of the rules. */
export type TelegramFault =
  | { readonly kind: 'error'; readonly error: ApiError }
  /** A body verbatim: a proxy's HTML, a cut JSON. */
  | { readonly kind: 'body'; readonly status: number; readonly body: string }
  /** The call is carried out, after a while. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The call is carried out, and the connection breaks before the answer. */
  | { readonly kind: 'lost' }
  /** Nothing is carried out and no answer ever comes. */
  | { readonly kind: 'silent' };

/** A refusal with which Telegram asks for patience. */
export const tooManyRequests = (seconds: number): TelegramFault => ({
  kind: 'error',
  error: { code: 429, description: `Too Many Requests: retry after ${seconds}`, retryAfter: seconds },
});

/** A fault on Telegram's own side. */
export const SERVER_FAULT: TelegramFault = {
  kind: 'error',
  error: { code: 500, description: 'Internal Server Error' },
};

/** A call that was refused. */
export interface Refusal {
  readonly kind: 'error';
  readonly error: ApiError;
}

/** What a method came to. */
export type MethodResult = { readonly kind: 'ok'; readonly result: unknown } | Refusal;

/** A call that was done. */
export const done = (result: unknown): MethodResult => ({ kind: 'ok', result });

/** Refuses a call. */
export const refuse = (code: number, description: string): Refusal => ({
  kind: 'error',
  error: { code, description },
});
