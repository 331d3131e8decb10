import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from 'grammy';
import { openName } from '../bot/save-bot-user.ts';
import { chooseLanguage } from '../bot/texts.ts';
import type { LaneBroadcast } from './broadcast-row.ts';
import { buildMessage, type MessageContext } from './build-message.ts';
import { type CallEnd, callTelegram } from './call-telegram.ts';
import { type ClaimedRecipient, type RecipientEnd, settleRecipient } from './recipients.ts';
import type { BroadcastTools } from './room-parts.ts';
import { buildEnd, followEnd } from './settle-call.ts';
import { pauseItself } from './transitions.ts';

/** One person's turn. */
export interface PersonTurn {
  readonly api: Api;
  readonly botId: string;
  readonly holder: string;
  readonly broadcast: LaneBroadcast;
  readonly recipient: ClaimedRecipient;
  /** Told how the call ended; a text is why the broadcast must pause. */
  readonly onEnd: (end: CallEnd) => string | null;
}

/** Calls Telegram for a claimed person and records what became of it. Never rejects. */
export async function sendToPerson(tools: BroadcastTools, turn: PersonTurn): Promise<void> {
  const { recipient, botId, broadcast } = turn;
  if (recipient.isOptedOut) return record(tools, turn, { state: 'skipped', reason: 'opted_out' });
  if (recipient.isBlocked) return record(tools, turn, { state: 'skipped', reason: 'blocked' });
  try {
    const message = buildMessage(broadcast.content, buildContext(tools, turn));
    const { fileId } = broadcast;
    const end = await callTelegram(turn.api, { chatId: recipient.chatId, message, fileId });
    if (end.kind === 'sent' && end.fileId !== null) broadcast.fileId = end.fileId;
    const whyPause = turn.onEnd(end);
    await record(tools, turn, buildEnd(end, recipient.attempts), async () => {
      await followEnd(tools, { botId, recipient, end });
      if (whyPause !== null) await pause(tools, turn, whyPause);
    });
  } catch (error) {
    // A bug: the person is not left as if a call were under way.
    tools.logger.error(
      { err: error, botId, broadcastId: recipient.broadcastId },
      'broadcasts: a turn broke off',
    );
    await record(tools, turn, { state: 'unknown', reason: 'fault' });
  }
}

function buildContext(tools: BroadcastTools, { recipient, botId }: PersonTurn): MessageContext {
  const { vault, registry } = tools;
  const username = registry.bot(botId)?.username;
  return {
    language: chooseLanguage(recipient.languageCode),
    products: registry.productsOf(botId),
    sourceId: recipient.broadcastId,
    values: {
      first_name: openName(vault, recipient.firstName),
      last_name: openName(vault, recipient.lastName),
      username: openName(vault, recipient.username),
      city: recipient.city,
      state: recipient.state,
      bot: username === undefined ? null : `@${username}`,
    },
  };
}

async function pause(tools: BroadcastTools, { broadcast }: PersonTurn, why: string): Promise<void> {
  const { row } = broadcast;
  tools.logger.warn({ broadcastId: row.broadcast_id, why }, 'broadcasts: one pauses itself');
  await pauseItself(tools.db, row, why);
}

const RECORD_TRIES = 60;
const RECORD_EVERY_MS = 1_000;

/** A database that is away for a moment must not turn what was sent into what nobody knows. */
async function record(
  tools: BroadcastTools,
  { recipient, holder, botId }: PersonTurn,
  end: RecipientEnd,
  follow: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await settleRecipient(tools.db, { recipient, holder, end });
      return await follow();
    } catch (error) {
      if (tries === 1) tools.logger.error({ err: error, botId }, 'broadcasts: an end waits to be recorded');
      if (tries >= RECORD_TRIES) return;
      await sleep(RECORD_EVERY_MS);
    }
  }
}
