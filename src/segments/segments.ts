import type { Kysely } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import type { SegmentFilter, Subject } from './filter.ts';
import { readSegment, type Segment } from './segment-row.ts';

/** What is known of a new segment. */
export type NewSegment = Pick<Segment, 'workspaceId' | 'name' | 'subject' | 'filter'>;

/** Saves a new segment; throws a unique violation if the workspace has one of that name. */
export async function saveSegment(db: Kysely<Database>, segment: NewSegment): Promise<Segment> {
  const row = {
    segment_id: buildId(),
    workspace_id: segment.workspaceId,
    name: segment.name,
    subject: segment.subject,
    filter: JSON.stringify(segment.filter),
  };
  return readSegment(await db.insertInto('segments').values(row).returningAll().executeTakeFirstOrThrow());
}

/** Changes name or filter; undefined if the workspace has no such segment. Throws a unique violation as saving does. */
export async function updateSegment(
  db: Kysely<Database>,
  key: { readonly workspaceId: string; readonly segmentId: string },
  changes: { readonly name?: string | undefined; readonly filter?: SegmentFilter | undefined },
): Promise<Segment | undefined> {
  const { name, filter } = changes;
  const set = { name, filter: filter && JSON.stringify(filter), updated_at: new Date() };
  const row = await db
    .updateTable('segments')
    .set(set)
    .where('segment_id', '=', key.segmentId)
    .where('workspace_id', '=', key.workspaceId)
    .returningAll()
    .executeTakeFirst();
  return row && readSegment(row);
}

/** One segment of a workspace by its name, which is unique there. */
export async function findSegmentByName(
  db: Kysely<Database>,
  workspaceId: string,
  name: string,
): Promise<Segment | undefined> {
  const query = db.selectFrom('segments').selectAll().where('workspace_id', '=', workspaceId);
  const row = await query.where('name', '=', name).executeTakeFirst();
  return row && readSegment(row);
}

/** Segments of a workspace, newest first. */
export async function listSegments(
  db: Kysely<Database>,
  question: {
    readonly workspaceId: string;
    readonly subject?: Subject | undefined;
    /** Only those before this id. */
    readonly before?: string | undefined;
    readonly limit: number;
  },
): Promise<Segment[]> {
  const { workspaceId, subject, before, limit } = question;
  let query = db.selectFrom('segments').selectAll().where('workspace_id', '=', workspaceId);
  if (subject !== undefined) query = query.where('subject', '=', subject);
  if (before !== undefined) query = query.where('segment_id', '<', before);
  return (await query.orderBy('segment_id', 'desc').limit(limit).execute()).map(readSegment);
}

/** Deletes a segment; false if the workspace has none such. */
export async function removeSegment(
  db: Kysely<Database>,
  key: { readonly workspaceId: string; readonly segmentId: string },
): Promise<boolean> {
  const result = await db
    .deleteFrom('segments')
    .where('segment_id', '=', key.segmentId)
    .where('workspace_id', '=', key.workspaceId)
    .executeTakeFirstOrThrow();
  return result.numDeletedRows > 0n;
}
