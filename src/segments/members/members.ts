import type { Kysely } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import { type Access, recordAccess } from '../../leads/access-log.ts';
import type { Subject } from '../filter.ts';
import {
  buildBotUserQuery,
  buildLeadQuery,
  buildVisitorQuery,
  type MemberQuestion,
} from '../segment-query.ts';
import { BOT_USER_MEMBERS } from './bot-user-members.ts';
import { LEAD_MEMBERS } from './lead-members.ts';
import type { Cell, Member, MemberKind } from './member.ts';
import { VISITOR_MEMBERS } from './visitor-members.ts';

/** How the members of each subject are read and shown. */
export const MEMBER_KINDS: Readonly<Record<Subject, MemberKind>> = {
  bot_users: BOT_USER_MEMBERS,
  leads: LEAD_MEMBERS,
  visitors: VISITOR_MEMBERS,
};

const QUERIES = { bot_users: buildBotUserQuery, leads: buildLeadQuery, visitors: buildVisitorQuery } as const;

/** How many people a filter finds at this moment. */
export async function countMembers(
  db: Kysely<Database>,
  subject: Subject,
  question: MemberQuestion,
): Promise<number> {
  const found = await db
    .selectFrom(QUERIES[subject](db, question).as('found'))
    .select(({ fn }) => fn.countAll<string>().as('people'))
    .executeTakeFirstOrThrow();
  return Number(found.people);
}

/** A member's cells as they may be shown: personal ones masked unless `isClear`. */
export function showMember(
  kind: MemberKind,
  member: Member,
  isClear: boolean,
): Readonly<Record<string, Cell>> {
  const shown = kind.columns.map(({ name, mask }) => {
    const cell = member.cells[name] ?? null;
    return [name, cell === null || isClear || mask === undefined ? cell : mask(String(cell))] as const;
  });
  return Object.fromEntries(shown);
}

/** Who looks at members, and why: all of an access but whose it is. */
export type Looking = Pick<Access, 'workspaceId' | 'actor' | 'action' | 'reason'>;

/** Writes the looks at these members down, before they are given out. */
export async function recordLooks(
  db: Kysely<Database>,
  looking: Looking & { readonly isClear: boolean },
  seen: { readonly kind: MemberKind; readonly members: readonly Member[] },
): Promise<void> {
  const { isClear, ...who } = looking;
  const { accessKind, columns } = seen.kind;
  if (accessKind === null) return;
  const personal = columns.filter(({ mask }) => mask !== undefined).map(({ name }) => name);
  const accesses = seen.members.map((member): Access => {
    const held = personal.filter((name) => (member.cells[name] ?? null) !== null);
    const fields = isClear ? held : held.map((name) => `${name} (masked)`);
    return { ...who, subjectKind: accessKind, subjectId: member.id, fields };
  });
  await recordAccess(db, accesses);
}
