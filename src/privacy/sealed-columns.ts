import { MESSAGE_CONTEXT } from '../bot/owe-message.ts';
import { UPDATE_CONTEXT } from '../bot/receive-update.ts';
import { LOG_BODY_CONTEXT } from '../crm-sync/due-rows.ts';
import { IP_SALT_CONTEXT } from '../io/ip-salts.ts';
import { ERASURE_KEY_CONTEXT } from '../io/tombstones.ts';
import { DELIVERY_CONTEXT } from '../report-mails/schedules.ts';

/** A column that the vault has sealed. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  readonly key: readonly string[];
  /** What the value is bound to. */
  readonly context: string;
  /** The text inside is base64 of raw bytes. */
  readonly isBase64?: boolean;
}

/** Every sealed column of the database; a test compares it with the columns that there are. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'bots', column: 'telegram_token', key: ['bot_id'], context: 'bots.telegram_token' },
  { table: 'bots', column: 'webhook_secret', key: ['bot_id'], context: 'bots.webhook_secret' },
  {
    table: 'gateway_accounts',
    column: 'credentials',
    key: ['account_id'],
    context: 'gateway_accounts.credentials',
  },
  {
    table: 'destinations',
    column: 'credentials',
    key: ['destination_id'],
    context: 'destinations.credentials',
  },
  {
    table: 'crm_connections',
    column: 'credentials',
    key: ['connection_id'],
    context: 'crm_connections.credentials',
  },
  { table: 'erasure_key', column: 'secret', key: ['singleton'], context: ERASURE_KEY_CONTEXT },
  { table: 'ip_salts', column: 'secret', key: ['salt_id'], context: IP_SALT_CONTEXT },
  { table: 'telegram_updates', column: 'body', key: ['bot_id', 'update_id'], context: UPDATE_CONTEXT },
  { table: 'bot_messages', column: 'body', key: ['message_id'], context: MESSAGE_CONTEXT },
  {
    ...{ table: 'gateway_webhooks', column: 'body', key: ['webhook_id'], context: 'gateway_webhooks.body' },
    isBase64: true,
  },
  { table: 'integrations_log', column: 'body', key: ['log_id'], context: LOG_BODY_CONTEXT },
  { table: 'report_schedules', column: 'delivery', key: ['schedule_id'], context: DELIVERY_CONTEXT },
  ...['username', 'first_name', 'last_name'].map((column) => ({
    ...{ table: 'bot_users', column, key: ['id'], context: 'bot_users.person' },
  })),
  ...['name', 'email', 'phone', 'message'].map((column) => ({
    ...{ table: 'leads', column, key: ['lead_id', 'created_at'], context: `leads.${column}` },
  })),
];
