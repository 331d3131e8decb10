import type { Kysely, Selectable } from 'kysely';
import type { Database } from '../io/database.gen.ts';

const COLUMNS = [
  'id',
  'workspace_id',
  'bot_id',
  'telegram_user_id',
  'chat_id',
  'language_code',
  'tracking_session_id',
  'fbclid',
  'fbp',
  'fbc',
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_id',
  'utm_term',
  'utm_content',
] as const;

/** Who buys, with the ids of the click that brought them. */
export type Customer = Pick<Selectable<Database['bot_users']>, (typeof COLUMNS)[number]>;

/** The person of a bot as a customer. */
export function findCustomer(db: Kysely<Database>, botUserId: string): Promise<Customer | undefined> {
  return db.selectFrom('bot_users').select(COLUMNS).where('id', '=', botUserId).executeTakeFirst();
}
