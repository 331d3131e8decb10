import type { Api } from 'grammy';
import { readTelegramFailure } from '../bot/telegram-api.ts';
import type { BroadcastMessage } from './build-message.ts';

/** How a call ended. */
export type CallEnd =
  | { readonly kind: 'sent'; readonly messageId: number; readonly fileId: string | null }
  /** No answer, or one that was cut: the person may have the message. */
  | { readonly kind: 'unknown'; readonly detail: string }
  /** Certainly not sent, and worth another attempt. */
  | { readonly kind: 'again'; readonly detail: string }
  | { readonly kind: 'wait'; readonly waitMs: number; readonly detail: string }
  | { readonly kind: 'blocked'; readonly detail: string }
  /** This chat cannot be written to; other people's can. */
  | { readonly kind: 'no_chat'; readonly detail: string }
  /** Telegram takes no such message. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** The token is not the bot's any more. */
  | { readonly kind: 'unauthorized'; readonly detail: string };

/** Sends one message. `fileId` is the picture as Telegram has it from an earlier message, so that it is fetched once. */
export async function callTelegram(
  api: Api,
  call: { readonly chatId: string; readonly message: BroadcastMessage; readonly fileId: string | undefined },
): Promise<CallEnd> {
  const { html, pictureUrl, keyboard } = call.message;
  const settings = { parse_mode: 'HTML', reply_markup: { inline_keyboard: keyboard } } as const;
  try {
    if (pictureUrl === null) {
      const links = { link_preview_options: { is_disabled: true } };
      const sent = await api.sendMessage(call.chatId, html, { ...settings, ...links });
      return { kind: 'sent', messageId: sent.message_id, fileId: null };
    }
    const picture = call.fileId ?? pictureUrl;
    const sent = await api.sendPhoto(call.chatId, picture, { caption: html, ...settings });
    return { kind: 'sent', messageId: sent.message_id, fileId: sent.photo.at(-1)?.file_id ?? null };
  } catch (error) {
    return readFailure(error);
  }
}

const NO_CHAT =
  /chat not found|user not found|PEER_ID_INVALID|USER_ID_INVALID|have no rights|chat_write_forbidden/i;

function readFailure(error: unknown): CallEnd {
  const failure = readTelegramFailure(error);
  const detail = failure.description;
  switch (failure.kind) {
    case 'unreachable':
      return { kind: failure.mayBeDone ? 'unknown' : 'again', detail };
    case 'wait':
      return { kind: 'wait', waitMs: failure.waitMs, detail };
    case 'blocked':
      return { kind: 'blocked', detail };
    case 'refused':
      if (failure.code === 401 || failure.code === 404) return { kind: 'unauthorized', detail };
      return { kind: NO_CHAT.test(detail) ? 'no_chat' : 'refused', detail };
  }
}
