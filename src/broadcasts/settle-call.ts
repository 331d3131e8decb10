import { saveBotWait } from '../bot/bot-waits.ts';
import { saveBlocked } from '../bot/save-bot-user.ts';
import { type Backoff, backoffMs } from '../domain/backoff.ts';
import type { CallEnd } from './call-telegram.ts';
import type { ClaimedRecipient, RecipientEnd } from './recipients.ts';
import type { BroadcastTools } from './room-parts.ts';

const RETRY: Backoff = { baseMs: 2_000, maxMs: 10 * 60_000 };
/** Some two hours; a broadcast that comes much later is no news. */
const MOST_ATTEMPTS = 20;

/** What the end of a call means for the person's row. */
export function buildEnd(end: CallEnd, attempts: number): RecipientEnd {
  switch (end.kind) {
    case 'sent':
      return { state: 'sent', messageId: end.messageId };
    case 'unknown':
      return { state: 'unknown', reason: 'no_answer', detail: end.detail };
    case 'blocked':
    case 'no_chat':
    case 'refused':
      return { state: 'failed', reason: end.kind, detail: end.detail };
    case 'wait':
      return { state: 'due', reason: end.kind, detail: end.detail, waitMs: end.waitMs, isUncounted: true };
    case 'unauthorized':
      return { state: 'due', reason: end.kind, detail: end.detail, isUncounted: true };
    case 'again':
      return attempts >= MOST_ATTEMPTS
        ? { state: 'failed', reason: 'telegram_away', detail: end.detail }
        : {
            ...{ state: 'due', reason: 'telegram_away', detail: end.detail },
            waitMs: backoffMs(RETRY, attempts),
          };
  }
}

/** What the end of a call means for the bot and the person beyond the broadcast. */
export async function followEnd(
  { db, logger }: Pick<BroadcastTools, 'db' | 'logger'>,
  of: { readonly botId: string; readonly recipient: ClaimedRecipient; readonly end: CallEnd },
): Promise<void> {
  const { botId, recipient, end } = of;
  if (end.kind === 'wait') {
    logger.warn({ botId, waitMs: end.waitMs }, 'broadcasts: Telegram asks the bot to wait');
    await saveBotWait(db, { botId, waitMs: end.waitMs, description: end.detail });
  }
  if (end.kind === 'blocked') {
    await saveBlocked(db, { botId, userId: recipient.telegramUserId, isBlocked: true });
  }
}
