import type { Kysely } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';

/** One row of buttons under a message. */
export type ButtonRow = readonly Button[];

/** A button that asks the bot. */
export interface CallbackButton {
  readonly kind: 'callback';
  readonly text: string;
  readonly data: string;
}

/** A button: asks the bot (`callback`), or copies a text to the person's clipboard (`copy`, at most 256 characters). */
export type Button =
  | CallbackButton
  | { readonly kind: 'copy'; readonly text: string; readonly copied: string };

/** What is to be said: HTML text with buttons; with `qrOf`, as the caption of a picture of that PIX code. */
export interface OwedText {
  readonly html: string;
  readonly buttons: readonly ButtonRow[];
  readonly qrOf: string | null;
}

/** A message that a person must get, once. */
export interface OwedMessage {
  readonly workspaceId: string;
  readonly botId: string;
  readonly chatId: number | string;
  /** What the message is for (`delivery:<payment id>`): the same cause never makes two messages. */
  readonly dedupeKey: string;
  readonly text: OwedText;
}

/** Context of the sealed bodies in `bot_messages`. */
export const MESSAGE_CONTEXT = 'bot_messages.body';

/** Records messages in the caller's transaction; the outbox sends them in this order within a chat. */
export async function oweMessages(
  db: Kysely<Database>,
  vault: Vault,
  messages: readonly OwedMessage[],
): Promise<void> {
  for (const message of messages) {
    // Below zero there is no person: this one was erased meanwhile.
    if (Number(message.chatId) < 0) continue;
    await db
      .insertInto('bot_messages')
      .values({
        message_id: buildId(),
        workspace_id: message.workspaceId,
        bot_id: message.botId,
        chat_id: String(message.chatId),
        dedupe_key: message.dedupeKey,
        body: vault.seal(JSON.stringify(message.text), MESSAGE_CONTEXT),
      })
      .onConflict((conflict) => conflict.column('dedupe_key').doNothing())
      .execute();
  }
}
