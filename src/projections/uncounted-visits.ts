import { sql, type Transaction } from 'kysely';
import type { UncountedFact } from '../domain/facts.ts';
import type { Database } from '../io/database.gen.ts';
import type { LogKey } from '../log/capture-log.ts';
import type { LogCheckpoint } from '../log/segments.ts';

/** A visit that is no click, and where its record lies: the place tells a replay from a new visit. */
export interface PlacedVisit {
  readonly fact: UncountedFact;
  readonly place: LogCheckpoint;
}

interface Group {
  readonly workspace_id: string;
  readonly pool_id: string;
  /** UTC, `2026-11-22`. */
  readonly day: string;
  readonly reason: string;
  readonly places: LogCheckpoint[];
}

/** Counts visits that lie behind the last one counted of their log, pool, day and reason. */
export async function addUncountedVisits(
  db: Transaction<Database>,
  key: LogKey,
  visits: readonly PlacedVisit[],
): Promise<void> {
  for (const group of groupVisits(visits)) await addGroup(db, key, group);
}

function groupVisits(visits: readonly PlacedVisit[]): Iterable<Group> {
  const groups = new Map<string, Group>();
  for (const { fact, place } of visits) {
    const day = new Date(fact.at).toISOString().slice(0, 10);
    const name = [fact.workspaceId, fact.poolId, day, fact.reason].join(' ');
    const found = groups.get(name);
    if (found) found.places.push(place);
    else {
      const { workspaceId: workspace_id, poolId: pool_id, reason } = fact;
      groups.set(name, { workspace_id, pool_id, day, reason, places: [place] });
    }
  }
  return groups.values();
}

// The caller holds the log's checkpoint, so that nobody else writes the rows of this log.
async function addGroup(db: Transaction<Database>, key: LogKey, group: Group): Promise<void> {
  const { places, ...visit } = group;
  const row = { ...visit, instance_id: key.instanceId, writer: key.writer };
  const counted = await db
    .selectFrom('uncounted_visits')
    .select(['counted_segment', 'counted_position'])
    .where('workspace_id', '=', row.workspace_id)
    .where('pool_id', '=', row.pool_id)
    .where('day', '=', sql<string>`${row.day}::date`)
    .where('reason', '=', row.reason)
    .where('instance_id', '=', row.instance_id)
    .where('writer', '=', row.writer)
    .executeTakeFirst();
  const last = {
    segment: Number(counted?.counted_segment ?? 0),
    offset: Number(counted?.counted_position ?? -1),
  };
  const fresh = places.filter((place) => isBehind(last, place));
  const newest = fresh.at(-1);
  if (newest === undefined) return;
  const values = { visits: fresh.length, counted_segment: newest.segment, counted_position: newest.offset };
  await db
    .insertInto('uncounted_visits')
    .values({ ...row, ...values })
    .onConflict((conflict) =>
      conflict
        .columns(['workspace_id', 'pool_id', 'day', 'reason', 'instance_id', 'writer'])
        .doUpdateSet((set) => ({
          visits: set('uncounted_visits.visits', '+', set.ref('excluded.visits')),
          counted_segment: set.ref('excluded.counted_segment'),
          counted_position: set.ref('excluded.counted_position'),
        })),
    )
    .execute();
}

function isBehind(last: LogCheckpoint, place: LogCheckpoint): boolean {
  return place.segment > last.segment || (place.segment === last.segment && place.offset > last.offset);
}
