import type { Kysely } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import type { PageRequest } from '../settings/paging.ts';
import type { BroadcastRow, BroadcastState, LeavesOut } from './broadcast-row.ts';

/** What a person says of a broadcast; absent fields stay, or take the table's default. */
export interface BroadcastFields {
  readonly name?: string | undefined;
  readonly template_id?: string | null | undefined;
  readonly bot_ids?: string[] | undefined;
  readonly segment_id?: string | null | undefined;
  readonly campaign_key?: string | null | undefined;
  readonly leaves_out?: LeavesOut | undefined;
  readonly starts_at?: Date | null | undefined;
  readonly rate_per_second?: number | undefined;
  /** Minutes after midnight of the workspace's zone; both or neither. */
  readonly quiet_from?: number | null | undefined;
  readonly quiet_to?: number | null | undefined;
}

/** Which broadcast. */
export interface BroadcastKey {
  readonly workspaceId: string;
  readonly broadcastId: string;
}

/** What may be changed while a broadcast runs. */
const WHILE_IT_RUNS = new Set<keyof BroadcastFields>(['rate_per_second', 'quiet_from', 'quiet_to']);

/** Saves a draft. */
export function saveBroadcast(
  db: Kysely<Database>,
  workspaceId: string,
  fields: BroadcastFields & { readonly name: string; readonly bot_ids: string[] },
): Promise<BroadcastRow> {
  return db
    .insertInto('broadcasts')
    .values({ broadcast_id: buildId(), workspace_id: workspaceId, ...fields })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Changes a draft, or the pace of one that runs; undefined if there is none in a state that allows it. */
export function updateBroadcast(
  db: Kysely<Database>,
  { workspaceId, broadcastId }: BroadcastKey,
  fields: BroadcastFields,
): Promise<BroadcastRow | undefined> {
  const given = (Object.keys(fields) as (keyof BroadcastFields)[]).filter(
    (name) => fields[name] !== undefined,
  );
  const states: readonly BroadcastState[] = given.every((name) => WHILE_IT_RUNS.has(name))
    ? ['draft', 'scheduled', 'preparing', 'sending', 'paused']
    : ['draft'];
  return db
    .updateTable('broadcasts')
    .set({ ...fields, updated_at: new Date() })
    .where('broadcast_id', '=', broadcastId)
    .where('workspace_id', '=', workspaceId)
    .where('state', 'in', states)
    .returningAll()
    .executeTakeFirst();
}

/** One broadcast of a workspace. */
export function findBroadcast(
  db: Kysely<Database>,
  { workspaceId, broadcastId }: BroadcastKey,
): Promise<BroadcastRow | undefined> {
  const query = db.selectFrom('broadcasts').selectAll().where('broadcast_id', '=', broadcastId);
  return query.where('workspace_id', '=', workspaceId).executeTakeFirst();
}

/** Broadcasts of a workspace, newest first. */
export function listBroadcasts(
  db: Kysely<Database>,
  options: PageRequest & { readonly workspaceId: string; readonly state?: BroadcastState | undefined },
): Promise<BroadcastRow[]> {
  const { workspaceId, state, before, limit } = options;
  let query = db.selectFrom('broadcasts').selectAll().where('workspace_id', '=', workspaceId);
  if (state !== undefined) query = query.where('state', '=', state);
  if (before !== undefined) query = query.where('broadcast_id', '<', before);
  return query.orderBy('broadcast_id', 'desc').limit(limit).execute();
}

/** Deletes a draft; false if there is none in that state. What was started is kept: it says who got what. */
export async function removeDraft(
  db: Kysely<Database>,
  { workspaceId, broadcastId }: BroadcastKey,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('broadcasts')
    .where('broadcast_id', '=', broadcastId)
    .where('workspace_id', '=', workspaceId)
    .where('state', '=', 'draft')
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}
