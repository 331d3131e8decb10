/** What Telegram says of a token. */
export type BotIdentity =
  | { readonly kind: 'bot'; readonly telegramBotId: string; readonly username: string }
  /** Telegram does not know the token. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** Telegram cannot be reached or asks to wait; nothing is known of the token. */
  | { readonly kind: 'unreachable'; readonly detail: string };

/** Telegram's answer to a webhook; `detail` is in its own words. */
export type WebhookOutcome =
  | { readonly kind: 'set' }
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'unreachable'; readonly detail: string };

/** The few Telegram calls that configuring a bot takes. None of them throws; `detail` never holds the token. */
export interface TelegramSetup {
  /** True where the base URL is Telegram itself, which only calls https addresses. */
  readonly isRealTelegram: boolean;
  getMe(token: string, isSimulated: boolean): Promise<BotIdentity>;
  setWebhook(options: {
    readonly token: string;
    readonly isSimulated: boolean;
    readonly url: string;
    readonly secretToken: string;
  }): Promise<WebhookOutcome>;
  deleteWebhook(token: string, isSimulated: boolean): Promise<WebhookOutcome>;
}
