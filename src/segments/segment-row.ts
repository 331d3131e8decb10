import type { Selectable } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { type SegmentFilter, SUBJECTS, type Subject } from './filter.ts';
import { readFilter } from './read-filter.ts';

/** A saved filter over people. */
export interface Segment {
  readonly segmentId: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly subject: Subject;
  readonly filter: SegmentFilter;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A row as a segment. Throws for a filter that this version does not know: it was checked when it was saved. */
export function readSegment(row: Selectable<Database['segments']>): Segment {
  const subject = SUBJECTS.find((one) => one === row.subject);
  if (subject === undefined) throw new TypeError(`segment ${row.segment_id} is of no known subject`);
  const reading = readFilter(row.filter, subject);
  if (reading.kind === 'bad') throw new TypeError(`the filter of segment ${row.segment_id} cannot be read`);
  return {
    segmentId: row.segment_id,
    workspaceId: row.workspace_id,
    name: row.name,
    subject,
    filter: reading.filter,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
