import { sql, type Transaction } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import { MOST_CLICKS_A_MINUTE } from '../bot-bursts.ts';
import { countReturns, dropJourneys, foldJourneys, type Visitor } from './journeys.ts';
import { recordSet } from './record-set.ts';
import { markBurstsOf } from './visit-bursts.ts';

const MOVES = { old_hash: 'text', new_hash: 'text' } as const;

/** What a hash under a salt of before has become. */
export interface MovedHash {
  readonly old_hash: string;
  readonly new_hash: string;
}

/** Gives visitors their new ids, with all their sessions, and joins their journeys to what came since. How many sessions. */
export async function moveVisitors(db: Transaction<Database>, moves: readonly MovedHash[]): Promise<number> {
  if (moves.length === 0) return 0;
  const { rows } = await sql<Visitor>`
    update sessions s set visitor_id = r.new_hash from ${recordSet(MOVES, moves)}
    where s.visitor_id = r.old_hash
    returning s.workspace_id as "workspaceId", s.domain_id as "domainId", s.visitor_id as "visitorId"`.execute(
    db,
  );
  if (rows.length === 0) return 0;
  const visitors = [...new Map(rows.map((row) => [row.visitorId, row])).values()];
  visitors.sort((a, b) => (a.visitorId < b.visitorId ? -1 : 1));
  const shifted = await countReturns(db, visitors);
  const many = shifted.filter((one) => one.earlier >= MOST_CLICKS_A_MINUTE);
  if (many.length > 0) await markBurstsOf(db, [...new Set(many.map((one) => one.visitorId))]);
  await foldJourneys(db, visitors);
  await dropJourneys(
    db,
    moves.map((move) => move.old_hash),
  );
  return rows.length;
}
