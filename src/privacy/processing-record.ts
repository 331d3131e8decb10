import type { Kysely } from 'kysely';
import { type Retention, readRetention } from '../domain/retention.ts';
import type { Database } from '../io/database.gen.ts';
import { listRuns } from './privacy-runs.ts';

/** One kind of processing. */
export interface ProcessingActivity {
  readonly activity: string;
  readonly purpose: string;
  readonly data_subjects: string;
  readonly data_categories: readonly string[];
  readonly legal_basis: string;
  readonly retention: string;
  /** Rows of it at the moment. */
  readonly rows: number;
}

/** Somebody who is sent personal data. */
export interface ProcessingRecipient {
  readonly kind: 'ad_platform' | 'crm' | 'payment_gateway' | 'messenger';
  readonly name: string;
  readonly account: string;
  readonly since: string;
}

/** The record of processing operations of one workspace (LGPD, art. 37). */
export interface ProcessingRecord {
  readonly workspace_id: string;
  readonly workspace: string;
  readonly made_at: string;
  readonly default_consent: string;
  readonly retention: Retention;
  readonly activities: readonly ProcessingActivity[];
  readonly recipients: readonly ProcessingRecipient[];
  readonly security: readonly string[];
  readonly last_runs: readonly { kind: string; actor: string; finished_at: string; rows: number }[];
}

const SECURITY = [
  'E-mail, phone, name, message, webhook bodies and all credentials are sealed with AES-256-GCM; the key is not in the database.',
  'People are found by keyed hashes; addresses are compared by keyed hashes.',
  'Every look at personal data is written to lead_access_log; every retention, export and erasure to privacy_runs, which cannot be changed.',
  'Ad platforms are sent nothing of a person without consent; e-mail and phone leave only as SHA-256, as the platforms ask for.',
];

/** Builds the record from what is configured and stored; undefined if there is no such workspace. */
export async function buildProcessingRecord(
  db: Kysely<Database>,
  workspaceId: string,
): Promise<ProcessingRecord | undefined> {
  const workspace = await db
    .selectFrom('workspaces')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirst();
  if (!workspace) return undefined;
  const retention = readRetention(workspace.settings);
  const runs = await listRuns(db, { workspaceId, limit: 20 });
  return {
    workspace_id: workspaceId,
    workspace: workspace.name,
    made_at: new Date().toISOString(),
    default_consent: workspace.default_consent,
    retention,
    activities: await listActivities(db, { workspaceId, retention, consent: workspace.default_consent }),
    recipients: await listRecipients(db, workspaceId),
    security: SECURITY,
    last_runs: runs.map((run) => ({
      kind: run.kind,
      actor: run.actor,
      finished_at: run.finished_at.toISOString(),
      rows: Number(run.rows_total),
    })),
  };
}

interface ActivityContext {
  readonly workspaceId: string;
  readonly retention: Retention;
  readonly consent: string;
}

async function listActivities(
  db: Kysely<Database>,
  { workspaceId, retention, consent }: ActivityContext,
): Promise<ProcessingActivity[]> {
  const count = async (table: CountedTable) => {
    const row = await db
      .selectFrom(table)
      .select((rows) => rows.fn.countAll<string>().as('rows'))
      .where('workspace_id', '=', workspaceId)
      .executeTakeFirstOrThrow();
    return Number(row.rows);
  };
  const activities = [...describeVisits(retention), ...describeDealings(retention, consent)];
  return Promise.all(
    activities.map(async ({ table, ...activity }) => ({ ...activity, rows: await count(table) })),
  );
}

type CountedTable =
  | 'clicks'
  | 'bot_users'
  | 'broadcast_recipients'
  | 'leads'
  | 'sessions'
  | 'payments'
  | 'conversions';
type DescribedActivity = Omit<ProcessingActivity, 'rows'> & { readonly table: CountedTable };

const days = (number: number | null): string => (number === null ? 'kept' : `${number} days`);

function describeVisits(retention: Retention): DescribedActivity[] {
  return [
    {
      activity: 'Ad clicks',
      purpose: 'To know which advertisement a visit came from.',
      data_subjects: 'Visitors',
      data_categories: ['IP address', 'click ids and browser ids', 'user agent', 'approximate place'],
      legal_basis: 'Legitimate interest in measuring one’s own advertising (LGPD, art. 7 IX).',
      retention: `Raw addresses ${days(retention.ip_days)}; browser ids ${days(retention.click_days)}; totals kept.`,
      table: 'clicks',
    },
    {
      activity: 'Visits of sites',
      purpose: 'To attribute leads and to see how pages do.',
      data_subjects: 'Visitors',
      data_categories: ['pages and events', 'IP address', 'click ids and browser ids', 'user agent'],
      legal_basis: 'Legitimate interest in audience measurement (LGPD, art. 7 IX).',
      retention: `Raw addresses ${days(retention.lead_days)}; totals kept.`,
      table: 'sessions',
    },
    {
      activity: 'Conversations with bots',
      purpose: 'To answer and to sell in Telegram.',
      data_subjects: 'Customers and interested people',
      data_categories: ['Telegram user id', 'name', 'username', 'language', 'messages'],
      legal_basis: 'Steps towards a contract at the person’s request (LGPD, art. 7 V).',
      retention: `Names ${days(retention.name_days)} after the last message; contents ${days(retention.log_days)}.`,
      table: 'bot_users',
    },
    {
      activity: 'Broadcasts in Telegram',
      purpose: 'To tell people who started a bot of offers and news.',
      data_subjects: 'Customers and interested people',
      data_categories: ['Telegram user id', 'name (not stored again)', 'whether and when a message was sent'],
      legal_basis:
        'Legitimate interest (LGPD, art. 7 IX), with an opt-out under every message and by command (art. 18 § 2).',
      retention: `Telegram’s words and message ids ${days(retention.log_days)}; that somebody got a message, and who wants none, is kept.`,
      table: 'broadcast_recipients',
    },
  ];
}

function describeDealings(retention: Retention, consent: string): DescribedActivity[] {
  const advertising =
    consent === 'granted'
      ? 'Legitimate interest (LGPD, art. 7 IX), with the right to refuse; consent where a page asks for it (art. 7 I).'
      : 'Consent (LGPD, art. 7 I): without a recorded choice nothing is sent.';
  return [
    {
      activity: 'Leads',
      purpose: 'To answer who left a way to be reached, and to know what became of it.',
      data_subjects: 'Interested people',
      data_categories: ['name', 'e-mail', 'phone', 'company', 'message', 'IP address'],
      legal_basis: 'Steps towards a contract at the person’s request (LGPD, art. 7 V).',
      retention: `Anonymised after ${days(retention.lead_days)}; keyed hashes and totals kept.`,
      table: 'leads',
    },
    {
      activity: 'Payments',
      purpose: 'To charge and deliver what was bought.',
      data_subjects: 'Customers',
      data_categories: ['Telegram user id', 'amount and product', 'ids of the payment at gateway and bank'],
      legal_basis: 'Contract (LGPD, art. 7 V) and tax law (art. 7 II).',
      retention: `Kept, as tax law asks; gateways’ messages ${days(retention.log_days)}.`,
      table: 'payments',
    },
    {
      activity: 'Telling ad platforms of sales',
      purpose: 'To measure advertisements and to let the platforms optimise them.',
      data_subjects: 'Visitors, interested people and customers',
      data_categories: [
        'click ids and browser ids',
        'hashed e-mail and phone',
        'IP address',
        'value of the sale',
      ],
      legal_basis: advertising,
      retention: `What was sent ${days(retention.log_days)}; that it was sent is kept.`,
      table: 'conversions',
    },
  ];
}

async function listRecipients(db: Kysely<Database>, workspaceId: string): Promise<ProcessingRecipient[]> {
  const own = ['workspace_id', '=', workspaceId] as const;
  const active = ['is_active', '=', true] as const;
  const destinations = await db
    .selectFrom('destinations')
    .select(['platform as name', 'name as account', 'created_at'])
    .where(...own)
    .where(...active)
    .execute();
  const crms = await db
    .selectFrom('crm_connections')
    .select(['kind as name', 'name as account', 'created_at'])
    .where(...own)
    .where(...active)
    .execute();
  const gateways = await db
    .selectFrom('gateway_accounts')
    .select(['gateway as name', 'name as account', 'created_at'])
    .where(...own)
    .where(...active)
    .execute();
  const bots = await db
    .selectFrom('bots')
    .select(['username as account', 'created_at'])
    .where(...own)
    .where(...active)
    .execute();
  const show = (
    kind: ProcessingRecipient['kind'],
    row: { name: string; account: string; created_at: Date },
  ) => ({
    ...{ kind, name: row.name, account: row.account, since: row.created_at.toISOString() },
  });
  return [
    ...destinations.map((row) => show('ad_platform', row)),
    ...crms.map((row) => show('crm', row)),
    ...gateways.map((row) => show('payment_gateway', row)),
    ...bots.map((row) => show('messenger', { ...row, name: 'telegram' })),
  ];
}
