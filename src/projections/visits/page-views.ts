import { sql, type Transaction } from 'kysely';
import type { PageViewItem } from '../../domain/collect.ts';
import { buildStorableText } from '../../domain/storable-text.ts';
import type { Database } from '../../io/database.gen.ts';
import type { PageIds } from './landing-pages.ts';
import type { OpenSession } from './open-sessions.ts';
import { columnList, recordSet } from './record-set.ts';
import { repeatWindow } from './repeat-window.ts';

const COLUMNS = {
  view_id: 'uuid',
  workspace_id: 'uuid',
  session_id: 'text',
  page_id: 'uuid',
  view_order: 'int',
  time_on_page: 'int',
  exit_page: 'boolean',
  page_url: 'text',
  title: 'text',
  created_at: 'timestamptz',
} as const;

interface ViewRow {
  readonly view_id: string;
  readonly workspace_id: string;
  readonly session_id: string;
  readonly page_id: string | null;
  readonly view_order: number;
  readonly time_on_page: number | null;
  readonly exit_page: boolean;
  readonly page_url: string | null;
  readonly title: string | null;
  readonly created_at: Date;
}

const MAX_URL = 4096;

/**
 * Stores new page views, and what a repetition knows more of an old one: the longest time on the page, and that it
 * was the last one. Returns how many are new in each session.
 */
export async function foldPageViews(
  db: Transaction<Database>,
  sessions: readonly OpenSession[],
  pages: PageIds,
): Promise<ReadonlyMap<string, number>> {
  const told = sessions.flatMap((session) => listViews(session, pages));
  if (told.length === 0) return new Map();
  const stored = await selectViews(db, told);
  const { fresh, changed } = mergeViews(told, stored);
  await insertViews(db, fresh);
  await updateViews(db, changed);
  await numberViews(db, sessions, [...fresh, ...changed.filter((view) => view.exit_page)]);
  return new Map(
    [...Map.groupBy(fresh, (view) => view.session_id)].map(([sessionId, views]) => [sessionId, views.length]),
  );
}

function listViews(session: OpenSession, pages: PageIds): readonly ViewRow[] {
  const items = session.visits.flatMap((visit) => visit.items.filter((item) => item.type === 'page_view'));
  return items
    .toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
    .map((item, index) => buildRow(item, { session, pages, index }));
}

// The order is right where nothing came late: then it need not be written a second time.
function buildRow(
  item: PageViewItem,
  { session, pages, index }: { session: OpenSession; pages: PageIds; index: number },
): ViewRow {
  return {
    view_id: item.id,
    workspace_id: session.workspaceId,
    session_id: session.sessionId,
    page_id: pages.of(session.domainId, item.pageUrl),
    view_order: session.totalPageViews + index + 1,
    time_on_page: item.timeOnPage,
    exit_page: item.exitPage,
    page_url: item.pageUrl === null ? null : buildStorableText(item.pageUrl, MAX_URL),
    title: item.title === null ? null : buildStorableText(item.title, 500),
    created_at: new Date(item.at),
  };
}

async function selectViews(
  db: Transaction<Database>,
  told: readonly ViewRow[],
): Promise<ReadonlyMap<string, ViewRow>> {
  const ids = told.map((view) => view.view_id);
  const { from, to } = repeatWindow(told.map((view) => view.created_at));
  const { rows } = await sql<ViewRow>`
    select ${columnList(COLUMNS)} from page_views
    where view_id = any(${ids}::uuid[]) and created_at between ${from} and ${to}`.execute(db);
  return new Map(rows.map((row) => [keyOf(row), row]));
}

/** Another workspace's view may have the same id, by chance or on purpose. */
const keyOf = (view: ViewRow): string => `${view.workspace_id} ${view.view_id}`;

function mergeViews(told: readonly ViewRow[], stored: ReadonlyMap<string, ViewRow>) {
  const merged = new Map<string, ViewRow>();
  for (const view of told) {
    const known = merged.get(keyOf(view)) ?? stored.get(keyOf(view));
    merged.set(keyOf(view), known === undefined ? view : mergeView(known, view));
  }
  const all = [...merged.values()];
  return {
    fresh: all.filter((view) => !stored.has(keyOf(view))),
    changed: all.filter((view) => stored.has(keyOf(view)) && stored.get(keyOf(view)) !== view),
  };
}

/** The known one itself if nothing is new. Where and when it was stays as it was told first. */
function mergeView(known: ViewRow, told: ViewRow): ViewRow {
  const time_on_page =
    known.time_on_page === null && told.time_on_page === null
      ? null
      : Math.max(known.time_on_page ?? 0, told.time_on_page ?? 0);
  const exit_page = known.exit_page || told.exit_page;
  const title = known.title ?? told.title;
  const isSame =
    time_on_page === known.time_on_page && exit_page === known.exit_page && title === known.title;
  return isSame ? known : { ...known, time_on_page, exit_page, title };
}

async function insertViews(db: Transaction<Database>, views: readonly ViewRow[]): Promise<void> {
  if (views.length === 0) return;
  await sql`
    insert into page_views (${columnList(COLUMNS)})
    select ${columnList(COLUMNS)} from ${recordSet(COLUMNS, views)}
    on conflict do nothing`.execute(db);
}

const CHANGED = {
  view_id: 'uuid',
  created_at: 'timestamptz',
  time_on_page: 'int',
  exit_page: 'boolean',
  title: 'text',
};

async function updateViews(db: Transaction<Database>, views: readonly ViewRow[]): Promise<void> {
  if (views.length === 0) return;
  const times = views.map((view) => view.created_at.getTime());
  await sql`
    update page_views as v set time_on_page = r.time_on_page, exit_page = r.exit_page, title = r.title
    from ${recordSet(CHANGED, views)}
    where v.view_id = r.view_id and v.created_at = r.created_at
      and v.created_at between ${new Date(Math.min(...times))} and ${new Date(Math.max(...times))}`.execute(
    db,
  );
}

const NUMBERED = { session_id: 'text', from_at: 'timestamptz', started_at: 'timestamptz' } as const;

/**
 * Numbers each session's views by time, from the one before its first change on; only the last one can be the exit.
 * A session in which nothing came late is only looked at.
 */
async function numberViews(
  db: Transaction<Database>,
  sessions: readonly OpenSession[],
  views: readonly ViewRow[],
): Promise<void> {
  const bySession = Map.groupBy(views, (view) => view.session_id);
  const rows = sessions.flatMap(({ sessionId, state, isNew }) => {
    const times = (bySession.get(sessionId) ?? []).map((view) => view.created_at.getTime());
    // What is all there is was written in its order.
    if (times.length === 0 || (isNew && times.length === 1)) return [];
    const [from_at, started_at] = [new Date(Math.min(...times)), new Date(state.startedAt)];
    return [{ session_id: sessionId, from_at, started_at }];
  });
  if (rows.length === 0) return;
  const from = new Date(Math.min(...rows.map((row) => row.started_at.getTime())));
  await sql`
    with begins as materialized (
      select r.session_id, coalesce(p.created_at, r.from_at) as from_at, coalesce(p.view_order, 1) as from_order,
        coalesce(p.view_id, '00000000-0000-0000-0000-000000000000') as from_id
      from ${recordSet(NUMBERED, rows)} left join lateral (
        select v.created_at, v.view_id, v.view_order from page_views v
        where v.session_id = r.session_id and v.created_at < r.from_at
          and v.created_at >= r.started_at and v.created_at >= ${from}
        order by v.created_at desc, v.view_id desc limit 1) p on true),
    numbered as (
      select v.view_id, v.created_at,
        b.from_order - 1 + row_number() over by_time as place, lead(v.view_id) over by_time is null as is_last
      from begins b join page_views v on v.session_id = b.session_id
        and v.created_at >= b.from_at and (v.created_at, v.view_id) >= (b.from_at, b.from_id)
      where v.created_at >= ${from}
      window by_time as (partition by v.session_id order by v.created_at, v.view_id))
    update page_views as v set view_order = n.place, exit_page = v.exit_page and n.is_last
    from numbered n
    where v.view_id = n.view_id and v.created_at = n.created_at and v.created_at >= ${from}
      and (v.view_order <> n.place or (v.exit_page and not n.is_last))`.execute(db);
}
