import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { DueConversion } from './due-conversion.ts';

/** What destinations have been told of a conversion by its earlier revisions. */
export interface Told {
  /** They have taken it. */
  readonly surely: ReadonlySet<string>;
  /** It was under way there, and its answer is not known. */
  readonly perhaps: ReadonlySet<string>;
}

/** Of a conversion that is told for the first time. */
export const NOTHING_TOLD: Told = { surely: new Set(), perhaps: new Set() };

/**
 * Settles what still waits of earlier revisions, because the newer one is to be told in its place, and says what
 * destinations know already, by conversion.
 */
export async function replaceWaiting(
  db: Kysely<Database>,
  due: readonly DueConversion[],
  now: Date,
): Promise<ReadonlyMap<string, Told>> {
  const changed = due.filter((conversion) => conversion.revision > 1);
  if (changed.length === 0) return new Map();
  const ids = changed.map((conversion) => conversion.conversion_id);
  const rows = await db
    .selectFrom('deliveries')
    .select(['conversion_id', 'destination_id', 'state', 'attempts', 'claimed_until'])
    .where('conversion_id', 'in', ids)
    .forUpdate()
    .execute();
  await sql`
    update deliveries set state = 'skipped', reason = 'replaced: the conversion has changed since', settled_at = ${now},
      claimed_by = null, claimed_until = null, request_id = null
    where conversion_id = any(${ids}::uuid[]) and state = 'due'`.execute(db);
  const destinations = (told: typeof rows) => new Set(told.map((row) => row.destination_id));
  const byConversion = Map.groupBy(rows, (row) => row.conversion_id);
  return new Map(
    [...byConversion].map(([id, own]) => {
      const surely = destinations(own.filter((row) => row.state === 'sent'));
      const underWay = own.filter((row) => row.state === 'due' && (row.attempts > 0 || row.claimed_until));
      return [id, { surely, perhaps: destinations(underWay) }];
    }),
  );
}
