import { type Kysely, type RawBuilder, sql } from 'kysely';
import { openName } from '../../bot/save-bot-user.ts';
import { type MatchKeys, NO_MATCH_KEYS } from '../../domain/conversion.ts';
import type { Database } from '../../io/database.gen.ts';
import { findLeadsForMatching } from '../../leads/matching.ts';
import { botUserConsent } from '../fields/bot-user-fields.ts';
import type { MemberPage, MemberParts, MemberPlace } from '../members/member.ts';
import { buildBotUserQuery, buildLeadQuery, type MemberQuestion } from '../segment-query.ts';
import type { AudienceFormat } from './audience-format.ts';
import { readAddress } from './lead-address.ts';

/** The subjects that hold something a customer list matches on; a visitor is a keyed hash that nobody else knows. */
export type AudienceSubject = 'bot_users' | 'leads';

/** Somebody who agreed to ads, with what a platform may match on in the clear. Never log it. */
export interface AudiencePerson {
  readonly id: string;
  readonly place: MemberPlace;
  readonly match: MatchKeys;
}

/** How many of a segment can be given to a platform, and why the others cannot. */
export interface AudienceCounts {
  readonly members: number;
  /** Who did not agree to ads, or has not answered. */
  readonly withoutConsent: number;
  /** Agreed, and has nothing that the platform matches on. */
  readonly withoutIdentifier: number;
  readonly exported: number;
}

/** A newer word of the same person holds, whichever of its leads was asked for. */
const takenBack = (column: 'hashed_email' | 'hashed_phone') => sql`exists (select from leads n
  where n.${sql.ref(column)} = m.${sql.ref(column)} and n.workspace_id = m.workspace_id
    and n.created_at > m.created_at and n.consent_ads = 'denied')`;

const CONSENTED: Readonly<Record<AudienceSubject, RawBuilder<boolean>>> = {
  bot_users: sql<boolean>`${botUserConsent} = 'granted'`,
  leads: sql<boolean>`(m.consent_ads = 'granted' and not ${takenBack('hashed_email')}
    and not ${takenBack('hashed_phone')})`,
};

/** Meta knows people in bots by the external id of their events; Google has no such key in a list. */
const IDENTIFIED: Readonly<Record<AudienceFormat, Readonly<Record<AudienceSubject, RawBuilder<boolean>>>>> = {
  meta: {
    bot_users: sql<boolean>`true`,
    leads: sql<boolean>`(m.hashed_email is not null or m.hashed_phone is not null)`,
  },
  google: {
    bot_users: sql<boolean>`false`,
    leads: sql<boolean>`(m.hashed_email is not null or m.hashed_phone is not null)`,
  },
};

/** Counts who could be given to the platform. */
export async function countAudience(
  db: Kysely<Database>,
  wish: {
    readonly subject: AudienceSubject;
    readonly format: AudienceFormat;
    readonly question: MemberQuestion;
  },
): Promise<AudienceCounts> {
  const { subject, format, question } = wish;
  const flags = [CONSENTED[subject].as('agreed'), IDENTIFIED[format][subject].as('known')] as const;
  const people =
    subject === 'leads'
      ? buildLeadQuery(db, question).select(flags)
      : buildBotUserQuery(db, question).select(flags);
  const counts = await db
    .selectFrom(people.as('found'))
    .select([
      sql<number>`count(*)::int`.as('members'),
      sql<number>`(count(*) filter (where not agreed))::int`.as('withoutConsent'),
      sql<number>`(count(*) filter (where agreed and not known))::int`.as('withoutIdentifier'),
      sql<number>`(count(*) filter (where agreed and known))::int`.as('exported'),
    ])
    .executeTakeFirstOrThrow();
  return counts;
}

/** Those of a segment who agreed to ads, in the order of its members. */
export function listAudience(
  parts: MemberParts,
  wish: {
    readonly subject: AudienceSubject;
    readonly format: AudienceFormat;
    readonly question: MemberQuestion;
  },
  page: MemberPage,
): Promise<readonly AudiencePerson[]> {
  return wish.subject === 'leads' ? listLeads(parts, wish, page) : listBotUsers(parts, wish, page);
}

type Wish = { readonly format: AudienceFormat; readonly question: MemberQuestion };

async function listBotUsers(
  { db, vault }: MemberParts,
  { format, question }: Wish,
  { after, limit }: MemberPage,
): Promise<readonly AudiencePerson[]> {
  let query = buildBotUserQuery(db, question)
    .select([
      'm.telegram_user_id',
      'm.first_name',
      'm.last_name',
      'm.geo_city',
      'm.geo_state',
      'm.geo_country',
    ])
    .where(CONSENTED.bot_users)
    .where(IDENTIFIED[format].bot_users);
  if (after) query = query.where('m.id', '>', after.id);
  const rows = await query.orderBy('m.id').limit(limit).execute();
  return rows.map((row) => ({
    id: row.id,
    place: { at: null, id: row.id },
    match: {
      ...NO_MATCH_KEYS,
      firstName: openName(vault, row.first_name),
      lastName: openName(vault, row.last_name),
      city: row.geo_city,
      state: row.geo_state,
      country: row.geo_country,
      externalIds: [row.telegram_user_id],
    },
  }));
}

async function listLeads(
  { db, vault }: MemberParts,
  { format, question }: Wish,
  { after, limit }: MemberPage,
): Promise<readonly AudiencePerson[]> {
  let query = buildLeadQuery(db, question)
    .select(['m.extensions', 'm.metadata'])
    .select(sql<string>`m.created_at::text`.as('place_at'))
    .where(CONSENTED.leads)
    .where(IDENTIFIED[format].leads);
  if (after?.at) {
    query = query
      .where(sql<boolean>`m.created_at >= ${after.at}::timestamptz`)
      .where(sql<boolean>`(m.created_at, m.lead_id) > (${after.at}::timestamptz, ${after.id}::uuid)`);
  }
  const rows = await query.orderBy('m.created_at').orderBy('m.lead_id').limit(limit).execute();
  const leads = await findLeadsForMatching(
    db,
    { vault },
    rows.map(({ id }) => id),
  );
  return rows.flatMap((row) => {
    const lead = leads.get(row.id);
    if (!lead) return [];
    const { email, phone, firstName, lastName } = lead;
    const address = readAddress(row.extensions, row.metadata);
    const match = { ...NO_MATCH_KEYS, email, phone, firstName, lastName, ...address };
    return [{ id: row.id, place: { at: row.place_at, id: row.id }, match }];
  });
}
