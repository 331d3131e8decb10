import type { RetentionRule } from '../io/retention-rule.ts';

/** Which message it was, and Telegram's words about it, go with time; that a person got it stays, so that nobody gets it twice. */
export const BROADCAST_RETENTION: readonly RetentionRule[] = [
  {
    name: 'broadcast_recipients.contents',
    table: 'broadcast_recipients',
    key: ['broadcast_id', 'telegram_user_id'],
    days: 'log_days',
    since: 'settled_at',
    when: "state not in ('due', 'sending') and num_nonnulls(telegram_message_id, detail) > 0",
    set: 'telegram_message_id = null, detail = null',
  },
];
