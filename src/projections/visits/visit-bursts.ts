import { sql, type Transaction } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import { canBurst, MOST_CLICKS_A_MINUTE } from '../bot-bursts.ts';
import type { ShiftedSession } from './journeys.ts';
import type { OpenSession } from './open-sessions.ts';

/**
 * Marks the bursts that new visits belong to, whole: more visits of one visitor (one address, one user agent, one
 * site) begun within a minute of the clock than clicks may be. Who has too few visits in all is not looked at.
 */
export async function markVisitBursts(
  db: Transaction<Database>,
  sessions: readonly OpenSession[],
  shifted: readonly ShiftedSession[],
): Promise<void> {
  const isPublic = new Set(
    sessions.flatMap(({ state, visits }) =>
      state.visitorId !== null && visits.some((visit) => canBurst(visit.clientIp)) ? [state.visitorId] : [],
    ),
  );
  const many = shifted.filter((one) => one.earlier >= MOST_CLICKS_A_MINUTE && isPublic.has(one.visitorId));
  if (many.length === 0) return;
  await markBurstsOf(db, [...new Set(many.map((one) => one.visitorId))]);
}

/** Marks every burst of these visitors. */
export async function markBurstsOf(db: Transaction<Database>, visitorIds: readonly string[]): Promise<void> {
  await sql`
    with bursts as materialized (
      select visitor_id, date_trunc('minute', started_at) as minute from sessions
      where visitor_id = any(${visitorIds}::text[])
      group by 1, 2 having count(*) > ${sql.lit(MOST_CLICKS_A_MINUTE)})
    update sessions s set is_bot_detected = true, bot_reasons = array_append(s.bot_reasons, 'burst'),
      bot_class = coalesce(s.bot_class, 'burst')
    from bursts b
    where s.visitor_id = b.visitor_id and s.started_at >= b.minute
      and s.started_at < b.minute + interval '1 minute' and not ('burst' = any(s.bot_reasons))`.execute(db);
}
