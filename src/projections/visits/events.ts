import { sql, type Transaction } from 'kysely';
import type { EventItem } from '../../domain/collect.ts';
import { buildStorableJson } from '../../domain/storable-json.ts';
import { buildStorableText } from '../../domain/storable-text.ts';
import type { Database } from '../../io/database.gen.ts';
import type { PageIds } from './landing-pages.ts';
import type { OpenSession } from './open-sessions.ts';
import { columnList, recordSet } from './record-set.ts';
import { repeatWindow } from './repeat-window.ts';

const COLUMNS = {
  event_id: 'uuid',
  workspace_id: 'uuid',
  session_id: 'text',
  page_id: 'uuid',
  event_type: 'text',
  event_category: 'text',
  event_action: 'text',
  event_label: 'text',
  event_value: 'numeric',
  element_id: 'text',
  element_class: 'text',
  event_data: 'jsonb',
  created_at: 'timestamptz',
} as const;

type EventRow = Readonly<Record<keyof typeof COLUMNS, unknown>> & {
  readonly event_id: string;
  readonly workspace_id: string;
  readonly session_id: string;
  readonly created_at: Date;
};

/** Stores the events that are not there yet. Returns how many are new in each session. */
export async function insertEvents(
  db: Transaction<Database>,
  sessions: readonly OpenSession[],
  pages: PageIds,
): Promise<ReadonlyMap<string, number>> {
  const told = new Map<string, EventRow>();
  for (const row of sessions.flatMap((session) => listEvents(session, pages)))
    if (!told.has(keyOf(row))) told.set(keyOf(row), row);
  if (told.size === 0) return new Map();
  const known = await selectKnown(db, [...told.values()]);
  const fresh = [...told.values()].filter((row) => !known.has(keyOf(row)));
  if (fresh.length === 0) return new Map();
  await sql`
    insert into events (${columnList(COLUMNS)})
    select ${columnList(COLUMNS)} from ${recordSet(COLUMNS, fresh)}
    on conflict do nothing`.execute(db);
  const bySession = Map.groupBy(fresh, (row) => row.session_id);
  return new Map([...bySession].map(([sessionId, rows]) => [sessionId, rows.length]));
}

const keyOf = (row: Pick<EventRow, 'workspace_id' | 'event_id'>): string =>
  `${row.workspace_id} ${row.event_id}`;

async function selectKnown(
  db: Transaction<Database>,
  told: readonly EventRow[],
): Promise<ReadonlySet<string>> {
  const ids = told.map((row) => row.event_id);
  const { from, to } = repeatWindow(told.map((row) => row.created_at));
  const { rows } = await sql<Pick<EventRow, 'workspace_id' | 'event_id'>>`
    select workspace_id, event_id from events
    where event_id = any(${ids}::uuid[]) and created_at between ${from} and ${to}`.execute(db);
  return new Set(rows.map(keyOf));
}

function listEvents(session: OpenSession, pages: PageIds): readonly EventRow[] {
  const items = session.visits.flatMap((visit) => visit.items.filter((item) => item.type === 'event'));
  return items.map((item) => buildRow(item, session, pages));
}

const MAX_TEXT = 500;
const MAX_DATA = 16 * 1024;

function buildRow(item: EventItem, session: OpenSession, pages: PageIds): EventRow {
  const text = (value: string | null, limit = MAX_TEXT) =>
    value === null ? null : buildStorableText(value, limit);
  const data = item.data === null ? null : buildStorableJson(item.data, MAX_DATA);
  return {
    event_id: item.id,
    workspace_id: session.workspaceId,
    session_id: session.sessionId,
    page_id: pages.of(session.domainId, item.pageUrl),
    event_type: text(item.eventType, 100),
    event_category: text(item.category),
    event_action: text(item.action),
    event_label: text(item.label),
    event_value: item.value,
    element_id: text(item.elementId),
    element_class: text(item.elementClass),
    event_data: JSON.parse(data ?? '{}'),
    created_at: new Date(item.at),
  };
}
