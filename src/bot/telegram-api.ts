import { Api, GrammyError, HttpError } from 'grammy';

/** How one bot is reached: its token and the Bot API's base URL, without a trailing slash. */
export interface TelegramAccess {
  readonly token: string;
  readonly apiBase: string;
}

/** Telegram asks bots to wait at most this long for an answer; a longer silence counts as unreachable. */
const TIMEOUT_SECONDS = 15;

/** A client for one bot. Long polling holds a request open by itself and gets the time for it. */
export function createTelegramApi(access: TelegramAccess, timeoutSeconds: number = TIMEOUT_SECONDS): Api {
  return new Api(access.token, { apiRoot: access.apiBase, timeoutSeconds, sensitiveLogs: false });
}

/** Why a call to Telegram failed, as far as the caller must act differently. */
export type TelegramFailure =
  /** Too many calls: wait this many ms (Telegram's `retry_after`) and send the same call again. */
  | { readonly kind: 'wait'; readonly waitMs: number; readonly description: string }
  /** The person stopped the bot or deleted the account; nothing more may be sent. */
  | { readonly kind: 'blocked'; readonly description: string }
  /** Telegram refused the call and always will. */
  | { readonly kind: 'refused'; readonly code: number; readonly description: string }
  /** No answer, or a fault on Telegram's side: again later. `mayBeDone`: the call may have been carried out all the same. */
  | { readonly kind: 'unreachable'; readonly mayBeDone: boolean; readonly description: string };

/** There was no connection, so nothing was asked of Telegram. */
const NEVER_LEFT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH']);

const codeOf = ({ error }: HttpError): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** Reads what grammY threw; anything that is not Telegram's or the network's is thrown on. */
export function readTelegramFailure(error: unknown): TelegramFailure {
  if (error instanceof HttpError) {
    const mayBeDone = !NEVER_LEFT.has(codeOf(error));
    const description = mayBeDone ? 'Telegram did not answer' : 'Telegram could not be reached';
    return { kind: 'unreachable', mayBeDone, description };
  }
  if (!(error instanceof GrammyError)) throw error;
  const { error_code: code, description } = error;
  const waitSeconds = error.parameters.retry_after;
  if (code === 429) return { kind: 'wait', waitMs: (waitSeconds ?? 5) * 1000, description };
  if (code === 403) return { kind: 'blocked', description };
  if (code >= 500) return { kind: 'unreachable', mayBeDone: false, description };
  return { kind: 'refused', code, description };
}
