import { type Kysely, sql } from 'kysely';
import type { Identifier, SubjectRows } from '../domain/erasure.ts';
import { readEmail, readPhone } from '../domain/identity.ts';
import { isTrackingToken } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import { buildContactHash, type LeadTools } from '../leads/lead-tools.ts';
import { openContact } from '../leads/sealed-fields.ts';
import type { SubjectName } from './read-subject.ts';

/** A person with everything of a workspace that is the person's. */
export interface Person extends SubjectRows {
  /** Journeys of the browsers that the visits came from. */
  readonly visitorIds: readonly string[];
  readonly identifiers: readonly Identifier[];
  /** The person's identifiers as texts, to be looked for in what is no row. */
  readonly texts: readonly string[];
}

/** `ambiguous`: the digits are one person's Telegram id and another's phone. */
export type FoundPerson =
  | { readonly kind: 'person'; readonly person: Person; readonly name: SubjectName & { value: string } }
  | { readonly kind: 'ambiguous' };

type Tools = Pick<LeadTools, 'vault' | 'hashKey'>;

/** Finds all that is known of a person in a workspace; nothing known is a person without rows. */
export async function findSubject(
  db: Kysely<Database>,
  tools: Tools,
  { workspaceId, name }: { readonly workspaceId: string; readonly name: SubjectName },
): Promise<FoundPerson> {
  if (name.kind !== 'digits') {
    return { kind: 'person', name, person: await findPerson(db, tools, workspaceId, name) };
  }
  const telegram = { kind: 'telegram', value: name.telegram } as const;
  const phone = { kind: 'phone', value: name.phone } as const;
  const byTelegram = await findPerson(db, tools, workspaceId, telegram);
  const byPhone = await findPerson(db, tools, workspaceId, phone);
  const isTelegram = byTelegram.botUserIds.length > 0 || byTelegram.paymentIds.length > 0;
  if (isTelegram && byPhone.leadIds.length > 0) return { kind: 'ambiguous' };
  return isTelegram
    ? { kind: 'person', name: telegram, person: byTelegram }
    : { kind: 'person', name: phone, person: byPhone };
}

type Name = Exclude<SubjectName, { kind: 'digits' }>;

async function findPerson(
  db: Kysely<Database>,
  tools: Tools,
  workspaceId: string,
  name: Name,
): Promise<Person> {
  const telegram = name.kind === 'telegram' ? await findInBots(db, workspaceId, name.value) : NO_BOTS;
  const site = name.kind === 'telegram' ? NO_SITE : await findOnSites(db, tools, { workspaceId, name });
  const { tokens, botUserIds, paymentIds } = telegram;
  const conversionIds = await findConversions(db, { tokens, botUserIds, paymentIds, leadIds: site.leadIds });
  const given: Identifier = { workspaceId, kind: name.kind, value: name.value };
  const identifiers = [
    given,
    ...tokens.map((value) => ({ workspaceId, kind: 'token' as const, value })),
    ...site.sessionIds.map((value) => ({ workspaceId, kind: 'session' as const, value })),
    ...site.contacts.map((contact) => ({ workspaceId, ...contact })),
  ];
  const byKey = new Map(identifiers.map((one) => [`${one.kind} ${one.value}`, one]));
  return {
    workspaceId,
    ...{ tokens, botUserIds, paymentIds, conversionIds },
    telegramUserIds: name.kind === 'telegram' ? [name.value] : [],
    sessionIds: site.sessionIds,
    leadIds: site.leadIds,
    visitorIds: site.visitorIds,
    identifiers: [...byKey.values()],
    texts: [...new Set([...byKey.values()].map(({ value }) => value))],
  };
}

const NO_BOTS = { tokens: [] as string[], botUserIds: [] as string[], paymentIds: [] as string[] };

async function findInBots(
  db: Kysely<Database>,
  workspaceId: string,
  userId: string,
): Promise<typeof NO_BOTS> {
  const users = await db
    .selectFrom('bot_users')
    .select(['id', 'tracking_session_id', 'last_start_payload'])
    .where('workspace_id', '=', workspaceId)
    .where('telegram_user_id', '=', userId)
    .execute();
  const botUserIds = users.map((user) => user.id);
  const starts = await db
    .selectFrom('bot_starts')
    .select(['tracking_token', 'payload'])
    .where('bot_user_id', 'in', botUserIds.length > 0 ? botUserIds : [null])
    .execute();
  const payments = await db
    .selectFrom('payments')
    .select(['id', 'tracking_token'])
    .where('workspace_id', '=', workspaceId)
    .where('customer_user_id', '=', userId)
    .execute();
  const named = [
    ...users.flatMap((user) => [user.tracking_session_id, user.last_start_payload]),
    ...starts.flatMap((start) => [start.tracking_token, start.payload]),
    ...payments.map((payment) => payment.tracking_token),
  ];
  const tokens = await keepOwnTokens(db, workspaceId, [...new Set(named.filter(isTrackingToken))]);
  return { tokens, botUserIds, paymentIds: payments.map((payment) => payment.id) };
}

/** A token in a start link may be anybody's word: only clicks of this workspace, and what is no click at all, count. */
async function keepOwnTokens(
  db: Kysely<Database>,
  workspaceId: string,
  tokens: readonly string[],
): Promise<string[]> {
  if (tokens.length === 0) return [];
  const foreign = await db
    .selectFrom('clicks')
    .select('tracking_token')
    .where('tracking_token', 'in', [...tokens])
    .where('workspace_id', '<>', workspaceId)
    .execute();
  const left = new Set(foreign.map((row) => row.tracking_token));
  return tokens.filter((token) => !left.has(token));
}

interface Contact {
  readonly kind: 'email' | 'phone' | 'external';
  readonly value: string;
}

const NO_SITE = {
  leadIds: [] as string[],
  sessionIds: [] as string[],
  visitorIds: [] as string[],
  contacts: [] as Contact[],
};

async function findOnSites(
  db: Kysely<Database>,
  tools: Tools,
  { workspaceId, name }: { readonly workspaceId: string; readonly name: Name },
): Promise<typeof NO_SITE> {
  const kind = name.kind === 'email' ? 'email' : 'phone';
  const column = kind === 'email' ? 'hashed_email' : 'hashed_phone';
  const own = db.selectFrom('leads').selectAll().where('workspace_id', '=', workspaceId);
  const named = await own.where(column, '=', buildContactHash(tools, kind, name.value)).execute();
  const visits = await findVisits(db, workspaceId, [
    ...new Set(named.flatMap((lead) => lead.session_id ?? [])),
  ]);
  const { sessionIds } = visits;
  // What else was left in the same visits is the same person's, also where an e-mail was mistyped.
  const leads =
    sessionIds.length === 0
      ? named
      : [
          ...named,
          ...(await own
            .where('session_id', 'in', sessionIds)
            .where(
              'lead_id',
              'not in',
              named.map((lead) => lead.lead_id),
            )
            .execute()),
        ];
  const contacts = leads.flatMap((lead): Contact[] => {
    const { email, phone } = openContact(tools.vault, lead);
    const address = email === null ? null : readEmail(email);
    const number = phone === null ? null : readPhone(phone);
    return [
      ...(address === null ? [] : [{ kind: 'email' as const, value: address }]),
      ...(number === null ? [] : [{ kind: 'phone' as const, value: number }]),
      ...(lead.external_id === null ? [] : [{ kind: 'external' as const, value: lead.external_id }]),
    ];
  });
  return { ...visits, leadIds: [...new Set(leads.map((lead) => lead.lead_id))], contacts };
}

/** The visits of the leads, and the others of the same browsers, as the site's script calls them. */
async function findVisits(
  db: Kysely<Database>,
  workspaceId: string,
  sessionIds: readonly string[],
): Promise<{ sessionIds: string[]; visitorIds: string[] }> {
  if (sessionIds.length === 0) return { sessionIds: [], visitorIds: [] };
  const { rows } = await sql<{ session_id: string; visitor_id: string | null }>`
    with own as (
      select domain_id, metadata->>'visitor_id' as browser from sessions
      where workspace_id = ${workspaceId} and session_id = any(${[...sessionIds]}::text[]))
    select session_id, visitor_id from sessions s
    where s.workspace_id = ${workspaceId} and (s.session_id = any(${[...sessionIds]}::text[])
      or exists (select from own where own.domain_id = s.domain_id and own.browser = s.metadata->>'visitor_id'))`.execute(
    db,
  );
  return {
    sessionIds: [...new Set([...sessionIds, ...rows.map((row) => row.session_id)])],
    visitorIds: [...new Set(rows.flatMap((row) => row.visitor_id ?? []))],
  };
}

async function findConversions(
  db: Kysely<Database>,
  of: Pick<SubjectRows, 'tokens' | 'botUserIds' | 'paymentIds' | 'leadIds'>,
): Promise<string[]> {
  const { rows } = await sql<{ conversion_id: string }>`
    select conversion_id from conversions
    where tracking_token = any(${[...of.tokens]}::text[]) or payment_id = any(${[...of.paymentIds]}::uuid[])
      or lead_id = any(${[...of.leadIds]}::uuid[]) or bot_user_id = any(${[...of.botUserIds]}::uuid[])
    union
    select conversion_id from offline_conversions where lead_id = any(${[...of.leadIds]}::uuid[])`.execute(
    db,
  );
  return rows.map((row) => row.conversion_id);
}
