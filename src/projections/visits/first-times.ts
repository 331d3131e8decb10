import { sql, type Transaction } from 'kysely';
import type { CollectItem } from '../../domain/collect.ts';
import type { Database } from '../../io/database.gen.ts';
import type { Visit } from './read-visit.ts';
import { repeatWindow } from './repeat-window.ts';

/** When items happened, ms since the epoch, as they were told first. */
export type FirstTimes = ReadonlyMap<string, number>;

const keyOf = (workspaceId: string, id: string): string => `${workspaceId} ${id}`;

/**
 * Gives each item the time of its first telling: the sender's clock is corrected anew with each request, and a
 * repetition that is some milliseconds off must change nothing.
 */
export function settleTimes(visits: readonly Visit[], known: FirstTimes): readonly Visit[] {
  const times = new Map(known);
  return visits.map((visit) => {
    const items = visit.items.map((item): CollectItem => {
      const key = keyOf(visit.workspaceId, item.id);
      const at = times.get(key) ?? item.at;
      times.set(key, at);
      return at === item.at ? item : { ...item, at };
    });
    return { ...visit, items };
  });
}

/** The times of those items that are stored already. */
export async function findTimes(db: Transaction<Database>, visits: readonly Visit[]): Promise<FirstTimes> {
  const items = visits.flatMap((visit) => visit.items);
  if (items.length === 0) return new Map();
  const { from, to } = repeatWindow(items.map((item) => new Date(item.at)));
  const idsOf = (type: CollectItem['type']): string[] =>
    items.flatMap((item) => (item.type === type ? [item.id] : []));
  const { rows } = await sql<{ workspace_id: string; id: string; created_at: Date }>`
    select workspace_id, view_id as id, created_at from page_views
    where view_id = any(${idsOf('page_view')}::uuid[]) and created_at between ${from} and ${to}
    union all
    select workspace_id, event_id, created_at from events
    where event_id = any(${idsOf('event')}::uuid[]) and created_at between ${from} and ${to}
    union all
    select workspace_id, lead_id, created_at from leads
    where lead_id = any(${idsOf('lead')}::uuid[]) and created_at between ${from} and ${to}`.execute(db);
  return new Map(rows.map((row) => [keyOf(row.workspace_id, row.id), row.created_at.getTime()]));
}
