import type { RetentionRule } from '../io/retention-rule.ts';

/** What of the people in bots, and of what was said, goes with time. */
export const BOT_RETENTION: readonly RetentionRule[] = [
  {
    name: 'bot_users.ip_address',
    table: 'bot_users',
    key: ['id'],
    days: 'ip_days',
    since: 'coalesce(click_timestamp, first_interaction)',
    when: 'ip_address is not null',
    set: 'ip_address = null',
  },
  {
    name: 'bot_users.names',
    table: 'bot_users',
    key: ['id'],
    days: 'name_days',
    since: 'last_interaction',
    when: 'num_nonnulls(username, first_name, last_name) > 0',
    set: 'username = null, first_name = null, last_name = null',
  },
  {
    name: 'telegram_updates.body',
    table: 'telegram_updates',
    key: ['bot_id', 'update_id'],
    days: 'log_days',
    since: 'received_at',
    when: 'body is not null',
    // A press that could not be carried out for so long is no longer waited for.
    set: "body = null, state = case state when 'due' then 'failed' else state end",
    workspace: '(select b.workspace_id from bots b where b.bot_id = telegram_updates.bot_id)',
  },
  {
    name: 'bot_messages.body',
    table: 'bot_messages',
    key: ['message_id'],
    days: 'log_days',
    since: 'created_at',
    when: "state <> 'due' and length(body) > 0",
    set: "body = ''",
  },
];
