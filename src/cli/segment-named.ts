import { isId } from '../domain/ids.ts';
import { findSegment, type MemberQuestion } from '../segments/segment-query.ts';
import type { Segment } from '../segments/segment-row.ts';
import { findSegmentByName } from '../segments/segments.ts';
import { CommandRefused, chooseWorkspace } from './choose-workspace.ts';
import type { CliParts } from './tools.ts';

/** Options of every command on segments. */
export interface SegmentOptions {
  readonly workspace?: string;
  readonly json?: boolean;
}

/** A command on one segment. */
export interface SegmentCall<Options> {
  readonly named: string;
  readonly options: Options;
}

/** A segment that was named, and how to ask for its people. */
export interface AskedSegment {
  readonly segment: Segment;
  readonly question: MemberQuestion;
}

/** The segment of that name or id. Throws CommandRefused if there is none. */
export async function findAsked(
  { database }: CliParts,
  named: string,
  options: SegmentOptions,
): Promise<AskedSegment> {
  const workspace = await chooseWorkspace(database.db, options.workspace);
  const workspaceId = workspace.workspace_id;
  const byName = await findSegmentByName(database.db, workspaceId, named);
  const segment = byName ?? (isId(named) ? await findSegment(database.db, workspaceId, named) : undefined);
  if (!segment) throw new CommandRefused(`The workspace ${workspace.name} has no segment "${named}".`);
  return { segment, question: { workspaceId, filter: segment.filter, zone: workspace.timezone } };
}
