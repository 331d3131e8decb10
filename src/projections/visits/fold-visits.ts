import type { Transaction } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import type { LeadTools } from '../../leads/lead-tools.ts';
import { insertEvents } from './events.ts';
import { countReturns, dropJourneys, foldJourneys, listLeft, listVisitors } from './journeys.ts';
import { findPages } from './landing-pages.ts';
import { openSessions } from './open-sessions.ts';
import { foldPageViews } from './page-views.ts';
import type { Visit } from './read-visit.ts';
import { markConverted, saveSessions } from './save-sessions.ts';
import { foldTouches } from './touches.ts';
import { markVisitBursts } from './visit-bursts.ts';
import { foldLeads } from './visit-leads.ts';

/**
 * Folds what sites posted into sessions, pages, views, events, touches, leads and journeys. Whatever the order and
 * however often, the tables come out the same. The partitions of the items' months must be there.
 */
export async function foldVisits(
  db: Transaction<Database>,
  visits: readonly Visit[],
  tools: LeadTools,
): Promise<void> {
  if (visits.length === 0) return;
  const sessions = await openSessions(db, visits);
  const pages = await findPages(db, sessions);
  const views = await foldPageViews(db, sessions, pages);
  const events = await insertEvents(db, sessions, pages);
  await foldTouches(db, sessions, pages);
  const changed = await saveSessions(db, sessions, { views, events, pages });
  const shifted = await countReturns(db, listVisitors(changed));
  await markVisitBursts(db, changed, shifted);
  const mayHaveLeads = changed.filter((session) => session.isNew || session.isConverted);
  const rejoined = [
    ...mayHaveLeads.map((session) => session.sessionId),
    ...shifted.map((one) => one.sessionId),
  ];
  const converted = await foldLeads(db, sessions, { tools, pages, rejoined });
  await markConverted(db, converted);
  const isChanged = new Set([...changed.map((session) => session.sessionId), ...converted]);
  const retold = sessions.filter((session) => isChanged.has(session.sessionId));
  await foldJourneys(db, listVisitors(retold));
  await dropJourneys(db, listLeft(retold));
}
