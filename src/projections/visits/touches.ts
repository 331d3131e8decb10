import { sql, type Transaction } from 'kysely';
import type { CollectItem } from '../../domain/collect.ts';
import { buildStorableJson } from '../../domain/storable-json.ts';
import { buildStorableText } from '../../domain/storable-text.ts';
import {
  buildTouchId,
  chooseTouchFbc,
  readDevice,
  readTouchSource,
  type TouchSource,
} from '../../domain/touch.ts';
import type { Database } from '../../io/database.gen.ts';
import type { PageIds } from './landing-pages.ts';
import type { OpenSession } from './open-sessions.ts';
import type { Visit } from './read-visit.ts';
import { columnList, recordSet } from './record-set.ts';

const COLUMNS = {
  tracking_id: 'uuid',
  workspace_id: 'uuid',
  session_id: 'text',
  page_id: 'uuid',
  utm_source: 'text',
  utm_medium: 'text',
  utm_campaign: 'text',
  utm_id: 'text',
  utm_term: 'text',
  utm_content: 'text',
  gclid: 'text',
  gbraid: 'text',
  wbraid: 'text',
  fbclid: 'text',
  ttclid: 'text',
  li_fat_id: 'text',
  msclkid: 'text',
  fbc: 'text',
  fbp: 'text',
  ttp: 'text',
  ga_client_id: 'text',
  device: 'text',
  match_type: 'text',
  referrer: 'text',
  page_url: 'text',
  url_params: 'jsonb',
  user_agent: 'text',
  client_ip: 'inet',
  ip_hash: 'text',
  created_at: 'timestamptz',
} as const;

type Known = {
  readonly tracking_id: string;
  readonly session_id: string;
  readonly created_at: Date;
  readonly page_url: string | null;
  readonly fbclid: string | null;
};
type TouchRow = Readonly<Record<keyof typeof COLUMNS, unknown>> & Known;

/**
 * Keeps one touch for each set of UTMs and click ids in a session, at the moment when it was first seen. A visit
 * without any is a touch only where the session began with it.
 */
export async function foldTouches(
  db: Transaction<Database>,
  sessions: readonly OpenSession[],
  pages: PageIds,
): Promise<void> {
  const stored = Map.groupBy(await selectTouches(db, sessions), (touch) => touch.session_id);
  const inserted: TouchRow[] = [];
  const updated: { readonly before: TouchRow; readonly after: TouchRow }[] = [];
  const dropped: TouchRow[] = [];
  for (const session of sessions) {
    const before = new Map((stored.get(session.sessionId) ?? []).map((touch) => [touch.tracking_id, touch]));
    const after = foldSession(session, before, pages);
    for (const touch of after.values()) {
      const old = before.get(touch.tracking_id);
      if (old === undefined) inserted.push(touch);
      else if (isChanged(old, touch)) updated.push({ before: old, after: touch });
    }
    for (const touch of before.values()) if (!after.has(touch.tracking_id)) dropped.push(touch);
  }
  await deleteTouches(db, dropped);
  await updateTouches(db, updated);
  await insertTouches(db, inserted);
}

async function selectTouches(
  db: Transaction<Database>,
  sessions: readonly OpenSession[],
): Promise<readonly TouchRow[]> {
  const old = sessions.filter((session) => !session.isNew);
  if (old.length === 0) return [];
  const ids = old.map((session) => session.sessionId);
  const from = new Date(Math.min(...old.map((session) => session.stored.startedAt)));
  const to = new Date(Math.max(...old.map((session) => session.stored.lastActivityAt)));
  const { rows } = await sql<TouchRow>`
    select ${columnList(COLUMNS)} from utm_tracking
    where session_id = any(${ids}::text[]) and created_at between ${from} and ${to}`.execute(db);
  return rows;
}

function foldSession(
  session: OpenSession,
  before: ReadonlyMap<string, TouchRow>,
  pages: PageIds,
): ReadonlyMap<string, TouchRow> {
  const touches = new Map(before);
  const sources = new Map<string | null, Source>();
  for (const visit of session.visits) {
    for (const item of visit.items) {
      const source = readSource(sources, session.sessionId, item.pageUrl);
      const known = touches.get(source.id);
      if (known !== undefined && !isEarlier(item, known)) continue;
      touches.set(source.id, buildTouch(item, { session, visit, source, pages }));
    }
  }
  dropDirect(session.sessionId, touches);
  return new Map([...touches].map(([id, touch]) => [id, withCookies(touch, session)]));
}

interface Source extends TouchSource {
  readonly id: string;
}

function readSource(sources: Map<string | null, Source>, sessionId: string, pageUrl: string | null): Source {
  const known = sources.get(pageUrl);
  if (known !== undefined) return known;
  const source = readTouchSource(pageUrl);
  const made = { ...source, id: buildTouchId(sessionId, source) };
  sources.set(pageUrl, made);
  return made;
}

/** Of two items of the same moment the one whose address sorts first, so that their order never matters. */
function isEarlier(item: CollectItem, known: Known): boolean {
  const difference = item.at - known.created_at.getTime();
  return difference < 0 || (difference === 0 && readUrl(item.pageUrl) < (known.page_url ?? ''));
}

const MAX_URL = 4096;
const readUrl = (pageUrl: string | null): string =>
  pageUrl === null ? '' : buildStorableText(pageUrl, MAX_URL);

interface TouchParts {
  readonly session: OpenSession;
  readonly visit: Visit;
  readonly source: Source;
  readonly pages: PageIds;
}

function buildTouch(item: CollectItem, { session, visit, source, pages }: TouchParts): TouchRow {
  const { utm, clickIds } = source;
  return {
    tracking_id: source.id,
    workspace_id: session.workspaceId,
    session_id: session.sessionId,
    page_id: pages.of(session.domainId, item.pageUrl),
    utm_source: utm.utmSource,
    utm_medium: utm.utmMedium,
    utm_campaign: utm.utmCampaign,
    utm_id: utm.utmId,
    utm_term: utm.utmTerm,
    utm_content: utm.utmContent,
    gclid: clickIds.gclid,
    gbraid: clickIds.gbraid,
    wbraid: clickIds.wbraid,
    fbclid: clickIds.fbclid,
    ttclid: clickIds.ttclid,
    li_fat_id: clickIds.liFatId,
    msclkid: clickIds.msclkid,
    ...{ fbc: null, fbp: null, ttp: null, ga_client_id: null },
    device: source.device ?? readDevice(visit.userAgent),
    match_type: source.matchType,
    referrer: item.referrer === null ? null : buildStorableText(item.referrer, 2048),
    page_url: readUrl(item.pageUrl) || null,
    url_params: JSON.parse(buildStorableJson(source.urlParams, 64 * 1024) ?? '{}'),
    user_agent: visit.userAgent,
    client_ip: visit.clientIp,
    ip_hash: visit.ipHash,
    created_at: new Date(item.at),
  };
}

/** A visit without UTMs is no touch of its own once it is known that an ad began the session. */
function dropDirect(sessionId: string, touches: Map<string, TouchRow>): void {
  const direct = touches.get(DIRECT.idOf(sessionId));
  if (direct === undefined) return;
  const isFirst = [...touches.values()].every(
    (touch) => touch === direct || touch.created_at > direct.created_at,
  );
  if (!isFirst) touches.delete(direct.tracking_id);
}

const DIRECT = {
  source: readTouchSource(null),
  idOf: (sessionId: string): string => buildTouchId(sessionId, DIRECT.source),
};

function withCookies(touch: TouchRow, { state }: OpenSession): TouchRow {
  const { fbclid, created_at: createdAt } = touch;
  return {
    ...touch,
    fbc: chooseTouchFbc({ fbclid, cookie: state.fbc, at: createdAt.getTime() }),
    fbp: state.fbp,
    ttp: state.ttp,
    ga_client_id: state.gaClientId,
  };
}

const COMPARED = ['page_url', 'fbc', 'fbp', 'ttp', 'ga_client_id'] as const;

const isChanged = (before: TouchRow, after: TouchRow): boolean =>
  before.created_at.getTime() !== after.created_at.getTime() ||
  COMPARED.some((column) => before[column] !== after[column]);

async function insertTouches(db: Transaction<Database>, touches: readonly TouchRow[]): Promise<void> {
  if (touches.length === 0) return;
  await sql`
    insert into utm_tracking (${columnList(COLUMNS)})
    select ${columnList(COLUMNS)} from ${recordSet(COLUMNS, touches)}`.execute(db);
}

const UPDATED = { ...COLUMNS, stored_at: 'timestamptz' } as const;
const SET = Object.keys(COLUMNS)
  .filter((column) => column !== 'tracking_id')
  .map((column) => `${column} = r.${column}`)
  .join(', ');

async function updateTouches(
  db: Transaction<Database>,
  changes: readonly { readonly before: TouchRow; readonly after: TouchRow }[],
): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ before, after }) => ({ ...after, stored_at: before.created_at }));
  await sql`
    update utm_tracking as t set ${sql.raw(SET)} from ${recordSet(UPDATED, rows)}
    where t.tracking_id = r.tracking_id and t.created_at = r.stored_at`.execute(db);
}

const DROPPED = { tracking_id: 'uuid', created_at: 'timestamptz', session_id: 'text' } as const;

/** One from which a conversion was made already stays: the conversion says where it came from. */
async function deleteTouches(db: Transaction<Database>, touches: readonly TouchRow[]): Promise<void> {
  if (touches.length === 0) return;
  await sql`
    delete from utm_tracking as t using ${recordSet(DROPPED, touches)}
    where t.tracking_id = r.tracking_id and t.created_at = r.created_at
      and not exists (
        select from leads l join offline_conversions o using (lead_id)
        where l.session_id = r.session_id and o.original_tracking_id = r.tracking_id)`.execute(db);
}
