import type { Kysely } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import { type Answer, answer, type Question } from './answer.ts';
import { mean, ratio } from './ratio.ts';
import { type Sums, sumView } from './sum-view.ts';

/** What visitors do on the sites; `events` also counts what people do in the bots. */
export interface VisitorMeasures {
  readonly sessions: number;
  readonly new_visitors: number;
  readonly returning_visitors: number;
  readonly page_views: number;
  readonly pages_per_session: number | null;
  readonly bounce_rate: number | null;
  readonly converted_sessions: number;
  readonly session_conversion_rate: number | null;
  readonly mean_session_seconds: number | null;
  readonly events: number;
}

/** How often something happened. */
export interface EventCount {
  readonly event_type: string;
  readonly events: number;
}

/** Sessions and events, with the events of the whole range by type. */
export interface VisitorAnswer extends Answer<VisitorMeasures> {
  readonly eventsByType: readonly EventCount[];
}

const MOST_TYPES = 200;

/** Pages a session, bounces, new and returning visitors, events by type. */
export async function findVisitors(db: Kysely<Database>, question: Question): Promise<VisitorAnswer> {
  const view = 'visitor_behavior_summary';
  const [whole, byType] = await Promise.all([
    answer(db, question, {
      view,
      counts: [
        'sessions',
        'new_visitors',
        'bounces',
        'converted_sessions',
        'page_views',
        'session_seconds',
        'events',
      ],
      money: [],
      orderBy: { add: ['sessions'] },
      build: buildVisitors,
    }),
    sumView(db, {
      ...question,
      view,
      groupBy: ['event_type'],
      counts: ['events'],
      money: [],
      orderBy: { add: ['events'] },
      limit: MOST_TYPES,
    }),
  ]);
  return { ...whole, eventsByType: byType.rows.flatMap(readEventCount) };
}

function buildVisitors({ counts }: Sums): VisitorMeasures {
  const count = (name: string) => counts[name] ?? 0;
  const sessions = count('sessions');
  return {
    sessions,
    new_visitors: count('new_visitors'),
    returning_visitors: sessions - count('new_visitors'),
    page_views: count('page_views'),
    pages_per_session: mean(count('page_views'), sessions),
    bounce_rate: ratio(count('bounces'), sessions),
    converted_sessions: count('converted_sessions'),
    session_conversion_rate: ratio(count('converted_sessions'), sessions),
    mean_session_seconds: mean(count('session_seconds'), sessions),
    events: count('events'),
  };
}

/** The rows of the sessions themselves have no type. */
function readEventCount({ group, counts }: Sums): EventCount[] {
  const { event_type } = group;
  return typeof event_type === 'string' ? [{ event_type, events: counts.events ?? 0 }] : [];
}
