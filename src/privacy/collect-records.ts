import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';
import type { Mentions } from './find-mentions.ts';
import type { Person } from './find-subject.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';

/** One record of a person, and where it stands. */
export interface SubjectRecord {
  /** The table, `log:<writer>` or `archive:<file>`. */
  readonly source: string;
  /** What is sealed is opened here. */
  readonly record: Readonly<Record<string, unknown>>;
}

const texts = (values: readonly string[]) => sql`any(${[...values]}::text[])`;
const ids = (values: readonly string[]) => sql`any(${[...values]}::uuid[])`;
const numbers = (values: readonly string[]) => sql`any(${[...values]}::bigint[])`;

/** Every row of the database that is about the person. */
export async function collectRecords(
  db: Kysely<Database>,
  vault: Vault,
  { person, mentions }: { readonly person: Person; readonly mentions: Mentions },
): Promise<SubjectRecord[]> {
  const records: SubjectRecord[] = [];
  for (const [table, condition] of Object.entries(buildConditions(person, mentions))) {
    const { rows } = await sql<{ record: Record<string, unknown> }>`
      select to_jsonb(t) as record from ${sql.table(table)} as t where ${condition}`.execute(db);
    for (const { record } of rows) records.push({ source: table, record: unseal(vault, table, record) });
  }
  return records;
}

function buildConditions(person: Person, mentions: Mentions): Readonly<Record<string, RawBuilder<unknown>>> {
  const own = sql`t.workspace_id = ${person.workspaceId}`;
  const isLead = sql`t.lead_id = ${ids(person.leadIds)}`;
  const isSession = sql`${own} and t.session_id = ${texts(person.sessionIds)}`;
  const isToken = sql`${own} and t.tracking_token = ${texts(person.tokens)}`;
  const isConversion = sql`t.conversion_id = ${ids(person.conversionIds)}`;
  const subjects = [...person.leadIds, ...person.botUserIds, ...person.paymentIds];
  const updates = mentions.updates.map(({ botId, updateId }) => `${botId} ${updateId}`);
  return {
    bot_users: sql`t.id = ${ids(person.botUserIds)}`,
    bot_starts: sql`t.bot_user_id = ${ids(person.botUserIds)}`,
    user_profiles: sql`t.bot_user_id = ${ids(person.botUserIds)}`,
    broadcast_recipients: sql`t.bot_user_id = ${ids(person.botUserIds)}`,
    broadcast_opt_outs: sql`${own} and t.telegram_user_id = ${numbers(person.telegramUserIds)}`,
    bot_messages: sql`${own} and t.chat_id = ${numbers(person.telegramUserIds)}`,
    telegram_updates: sql`t.bot_id::text || ' ' || t.update_id::text = ${texts(updates)}`,
    clicks: isToken,
    meta_tracking_sessions: isToken,
    tracking_temp: isToken,
    early_facts: sql`t.tracking_token = ${texts(person.tokens)}`,
    payments: sql`t.id = ${ids(person.paymentIds)}`,
    payment_events: sql`t.payment_id = ${ids(person.paymentIds)}`,
    gateway_webhooks: sql`exists (select from payments p where p.id = ${ids(person.paymentIds)}
      and p.account_id = t.account_id and (t.payment_id = p.id or p.gateway_charge_id = any(t.charge_ids)))`,
    conversions: isConversion,
    deliveries: isConversion,
    platform_sync_log: isConversion,
    leads: isLead,
    lead_profiles: isLead,
    lead_stages: isLead,
    offline_conversions: isLead,
    crm_deals: isLead,
    integrations_log: sql`(${isLead} or t.log_id = ${ids(mentions.logIds)})`,
    sessions: isSession,
    utm_tracking: isSession,
    page_views: isSession,
    events: isSession,
    visitor_journeys: sql`${own} and t.visitor_id = ${texts(person.visitorIds)}`,
    lead_access_log: sql`${own} and t.subject_id = ${texts(subjects)}`,
  };
}

/** As JSON a sealed value is `\x` and its bytes in hex. */
function unseal(vault: Vault, table: string, record: Record<string, unknown>): Record<string, unknown> {
  const opened = { ...record };
  for (const { table: owner, column, context, isBase64 } of SEALED_COLUMNS) {
    const value = record[column];
    if (owner !== table || typeof value !== 'string') continue;
    const sealed = Buffer.from(value.slice(2), 'hex');
    const text = sealed.length === 0 ? null : vault.open(sealed, context);
    opened[column] = text !== null && isBase64 ? Buffer.from(text, 'base64').toString('utf8') : text;
  }
  return opened;
}
