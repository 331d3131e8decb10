import type { Kysely } from 'kysely';
import { isId, isTrackingToken } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';

/** What somebody asks by. */
type RefKind = 'click' | 'payment' | 'lead' | 'telegram_user' | 'fbclid';

/** Whose story is told, and the rows that belong to it. */
export interface Story {
  readonly workspaceId: string;
  readonly ref: string;
  readonly kind: RefKind;
  readonly tokens: readonly string[];
  readonly botUserIds: readonly string[];
  readonly paymentIds: readonly string[];
  readonly leadIds: readonly string[];
}

/** What a search begins with; a row found by each of them brings the others. */
interface Beginning {
  readonly tokens: readonly string[];
  readonly botUserIds: readonly string[];
  readonly paymentIds: readonly string[];
}

// A person may have pressed many ads; the newest ones tell why the last sale was or was not attributed.
const MOST_ROWS = 50;
const TELEGRAM_USER_ID = /^\d{1,18}$/;
const NOTHING: Beginning = { tokens: [], botUserIds: [], paymentIds: [] };

/** Finds what belongs to a click token, a payment id, a lead id, a Telegram user id or an fbclid of a workspace. */
export async function findStory(db: Kysely<Database>, workspaceId: string, ref: string): Promise<Story> {
  const leadIds = await findLeads(db, workspaceId, ref);
  const kind = leadIds.length > 0 ? 'lead' : readRefKind(ref);
  const search = { db, workspaceId, ref, kind };
  const beginning = await findBeginning(search);
  const botUserIds = unique([...beginning.botUserIds, ...(await findBotUsers(search, beginning))]);
  const tokens = unique([...beginning.tokens, ...(await findTokens(search, beginning))]);
  const paymentIds =
    kind === 'payment' ? beginning.paymentIds : await findPayments(search, { tokens, botUserIds });
  return { workspaceId, ref, kind, tokens, botUserIds, paymentIds, leadIds };
}

function readRefKind(ref: string): RefKind {
  if (isTrackingToken(ref)) return 'click';
  if (isId(ref)) return 'payment';
  return TELEGRAM_USER_ID.test(ref) ? 'telegram_user' : 'fbclid';
}

interface Search {
  readonly db: Kysely<Database>;
  readonly workspaceId: string;
  readonly ref: string;
  readonly kind: RefKind;
}

async function findBeginning(search: Search): Promise<Beginning> {
  switch (search.kind) {
    case 'click':
      return { ...NOTHING, tokens: [search.ref] };
    case 'payment':
      return { ...NOTHING, paymentIds: [search.ref.toLowerCase()] };
    case 'lead':
      return NOTHING;
    case 'telegram_user':
      return { ...NOTHING, botUserIds: await findByTelegramId(search) };
    case 'fbclid':
      return { ...NOTHING, tokens: await findByFbclid(search) };
  }
}

/** Payments and leads have ids of the same form. */
async function findLeads(db: Kysely<Database>, workspaceId: string, ref: string): Promise<string[]> {
  if (!isId(ref)) return [];
  const rows = await db
    .selectFrom('leads')
    .select('lead_id')
    .where('workspace_id', '=', workspaceId)
    .where('lead_id', '=', ref)
    .execute();
  return rows.map((row) => row.lead_id);
}

async function findByTelegramId({ db, workspaceId, ref }: Search): Promise<string[]> {
  const rows = await db
    .selectFrom('bot_users')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .where('telegram_user_id', '=', ref)
    .limit(MOST_ROWS)
    .execute();
  return rows.map((row) => row.id);
}

async function findByFbclid({ db, workspaceId, ref }: Search): Promise<string[]> {
  const rows = await db
    .selectFrom('clicks')
    .select('tracking_token')
    .where('workspace_id', '=', workspaceId)
    .where('fbclid', '=', ref)
    .orderBy('created_at', 'desc')
    .limit(MOST_ROWS)
    .execute();
  return rows.map((row) => row.tracking_token);
}

async function findBotUsers({ db, workspaceId }: Search, beginning: Beginning): Promise<string[]> {
  if (beginning.paymentIds.length > 0) {
    const rows = await db
      .selectFrom('payments')
      .select('bot_user_id')
      .where('workspace_id', '=', workspaceId)
      .where('id', 'in', beginning.paymentIds)
      .execute();
    return rows.flatMap((row) => row.bot_user_id ?? []);
  }
  if (beginning.tokens.length === 0) return [];
  const rows = await db
    .selectFrom('bot_starts')
    .select('bot_user_id')
    .distinct()
    .where('workspace_id', '=', workspaceId)
    .where('tracking_token', 'in', beginning.tokens)
    .limit(MOST_ROWS)
    .execute();
  return rows.map((row) => row.bot_user_id);
}

async function findTokens({ db, workspaceId }: Search, beginning: Beginning): Promise<string[]> {
  if (beginning.paymentIds.length > 0) {
    const rows = await db
      .selectFrom('payments')
      .select('tracking_token')
      .where('workspace_id', '=', workspaceId)
      .where('id', 'in', beginning.paymentIds)
      .execute();
    return rows.flatMap((row) => row.tracking_token ?? []);
  }
  if (beginning.botUserIds.length === 0) return [];
  const rows = await db
    .selectFrom('bot_starts')
    .select('tracking_token')
    .where('bot_user_id', 'in', beginning.botUserIds)
    .where('tracking_token', 'is not', null)
    .orderBy('started_at', 'desc')
    .limit(MOST_ROWS)
    .execute();
  return rows.flatMap((row) => row.tracking_token ?? []);
}

async function findPayments(
  { db, workspaceId, kind }: Search,
  { tokens, botUserIds }: Pick<Beginning, 'tokens' | 'botUserIds'>,
): Promise<string[]> {
  const isOfPerson = kind === 'telegram_user';
  if (isOfPerson ? botUserIds.length === 0 : tokens.length === 0) return [];
  const payments = db.selectFrom('payments').select('id').where('workspace_id', '=', workspaceId);
  const matching = isOfPerson
    ? payments.where('bot_user_id', 'in', botUserIds)
    : payments.where('tracking_token', 'in', tokens);
  const rows = await matching.orderBy('created_at', 'desc').limit(MOST_ROWS).execute();
  return rows.map((row) => row.id);
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
