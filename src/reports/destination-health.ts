import type { Kysely, Selectable } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** How a destination has answered lately. */
export type DestinationHealth = Selectable<Database['destination_states']>;

/** What the sender has noted of these destinations; one that was never sent to is absent. */
export async function listDestinationHealth(
  db: Kysely<Database>,
  destinationIds: readonly string[],
): Promise<ReadonlyMap<string, DestinationHealth>> {
  if (destinationIds.length === 0) return new Map();
  const query = db.selectFrom('destination_states').selectAll();
  const rows = await query.where('destination_id', 'in', destinationIds).execute();
  return new Map(rows.map((row) => [row.destination_id, row]));
}
