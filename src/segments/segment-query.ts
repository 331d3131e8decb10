import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { compileFilter } from './compile-filter.ts';
import type { SegmentFilter } from './filter.ts';
import type { Calendar } from './moments.ts';
import { readSegment, type Segment } from './segment-row.ts';

/** Whose people are asked for, by which filter, in which zone. */
export interface MemberQuestion extends Calendar {
  readonly workspaceId: string;
  readonly filter: SegmentFilter;
}

/** Ids of the bot users that a filter finds, as a query to build on (`where('id', 'in', …)`); erased people are out. */
export function buildBotUserQuery(db: Kysely<Database>, question: MemberQuestion) {
  return db
    .selectFrom('bot_users as m')
    .select('m.id')
    .where('m.workspace_id', '=', question.workspaceId)
    .where(sql<boolean>`m.telegram_user_id > 0`)
    .where(compileFilter(question.filter, 'bot_users', question));
}

/** Ids of the leads that a filter finds; anonymised ones are out. */
export function buildLeadQuery(db: Kysely<Database>, question: MemberQuestion) {
  return db
    .selectFrom('leads as m')
    .select('m.lead_id as id')
    .where('m.workspace_id', '=', question.workspaceId)
    .where('m.anonymised_at', 'is', null)
    .where(compileFilter(question.filter, 'leads', question));
}

/** Ids of the journeys that a filter finds: one is a visitor of one site. */
export function buildVisitorQuery(db: Kysely<Database>, question: MemberQuestion) {
  return db
    .selectFrom('visitor_journeys as m')
    .select('m.journey_id as id')
    .where('m.workspace_id', '=', question.workspaceId)
    .where(compileFilter(question.filter, 'visitors', question));
}

/** One segment of a workspace. */
export async function findSegment(
  db: Kysely<Database>,
  workspaceId: string,
  segmentId: string,
): Promise<Segment | undefined> {
  const row = await db
    .selectFrom('segments')
    .selectAll()
    .where('segment_id', '=', segmentId)
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirst();
  return row && readSegment(row);
}
