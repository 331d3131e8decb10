import { type Selectable, sql, type Transaction } from 'kysely';
import { buildStableId } from '../../domain/collect-id.ts';
import { buildVisitState, mergeVisits, type VisitState } from '../../domain/visit.ts';
import type { Database } from '../../io/database.gen.ts';
import { findTimes, settleTimes } from './first-times.ts';
import type { Visit } from './read-visit.ts';
import { columnList, recordSet } from './record-set.ts';
import { buildEvidenceColumn, judgeSession, readEvidence } from './visit-evidence.ts';

/** A session that this batch tells of, held until the end of the transaction. */
export interface OpenSession {
  readonly sessionId: string;
  readonly workspaceId: string;
  readonly domainId: string;
  readonly isNew: boolean;
  /** As it was before this batch. */
  readonly stored: VisitState;
  /** As it is with this batch. */
  readonly state: VisitState;
  readonly totalPageViews: number;
  readonly isConverted: boolean;
  readonly visits: readonly Visit[];
}

/** Finds or makes the sessions of these visits and holds them. Throws if another drain made one for another domain in between. */
export async function openSessions(
  db: Transaction<Database>,
  visits: readonly Visit[],
): Promise<readonly OpenSession[]> {
  const told = settleTimes(await keepApart(db, visits), new Map());
  const made = await insertSessions(
    db,
    Map.groupBy(told, (visit) => visit.sessionId),
  );
  const ids = [...new Set(told.map((visit) => visit.sessionId))];
  const rows = await lockSessions(db, ids);
  const before = await findTimes(
    db,
    told.filter((visit) => !made.has(visit.sessionId)),
  );
  const settled = Map.groupBy(settleTimes(told, before), (visit) => visit.sessionId);
  return [...settled].map(([sessionId, own]) => {
    const row = rows.get(sessionId);
    if (row === undefined || row.domain_id !== own[0]?.domainId)
      throw new Error('A session was taken by another domain meanwhile.');
    const stored = readState(row);
    return {
      sessionId,
      workspaceId: row.workspace_id,
      domainId: row.domain_id,
      isNew: made.has(sessionId),
      stored,
      state: mergeVisits(stored, mergeStates(own)),
      totalPageViews: row.total_page_views,
      isConverted: row.converted,
      visits: own,
    };
  });
}

/** Session ids come from browsers: the id of another domain's session must not let anybody into that one. */
async function keepApart(db: Transaction<Database>, visits: readonly Visit[]): Promise<readonly Visit[]> {
  const ids = [...new Set(visits.map((visit) => visit.sessionId))];
  const { rows } = await sql<{ session_id: string; domain_id: string }>`
    select session_id, domain_id from sessions where session_id = any(${ids}::text[])`.execute(db);
  const owners = new Map(rows.map((row) => [row.session_id, row.domain_id]));
  return visits.map((visit) => {
    const owner = owners.get(visit.sessionId);
    owners.set(visit.sessionId, owner ?? visit.domainId);
    if (owner === undefined || owner === visit.domainId) return visit;
    return { ...visit, sessionId: buildStableId('session', visit.domainId, visit.sessionId) };
  });
}

function mergeStates(visits: readonly Visit[]): VisitState {
  const states = visits.flatMap(({ items, traits }) => items.map((item) => buildVisitState(item, traits)));
  const [first, ...others] = states;
  if (first === undefined) throw new TypeError('A session without visits cannot be opened.');
  return others.reduce(mergeVisits, first);
}

/** The columns of a session that its state fills. */
export const STATE_COLUMNS = {
  started_at: 'timestamptz',
  last_activity_at: 'timestamptz',
  visitor_id: 'text',
  consent_ads: 'text',
  consent_analytics: 'text',
  consent_at: 'timestamptz',
  is_bot_detected: 'boolean',
  bot_reasons: 'text[]',
  bot_class: 'text',
  bot_evidence: 'jsonb',
  fbp: 'text',
  fbc: 'text',
  ttp: 'text',
  ga_client_id: 'text',
  metadata: 'jsonb',
} as const;

/** A state as the columns have it; `metadata` is only what the state adds to it. */
export function buildStateColumns(state: VisitState): Record<keyof typeof STATE_COLUMNS, unknown> {
  const { isBot, reasons, botClass } = judgeSession(state);
  return {
    started_at: new Date(state.startedAt),
    last_activity_at: new Date(state.lastActivityAt),
    visitor_id: state.visitorId,
    consent_ads: state.consentAds,
    consent_analytics: state.consentAnalytics,
    consent_at: state.consentAt === null ? null : new Date(state.consentAt),
    is_bot_detected: isBot,
    bot_reasons: reasons,
    bot_class: botClass,
    bot_evidence: buildEvidenceColumn(state.evidence),
    fbp: state.fbp,
    fbc: state.fbc,
    ttp: state.ttp,
    ga_client_id: state.gaClientId,
    metadata: state.postedVisitorId === null ? {} : { visitor_id: state.postedVisitorId },
  };
}

const INSERTED = { session_id: 'text', workspace_id: 'uuid', domain_id: 'uuid', ...STATE_COLUMNS } as const;

async function insertSessions(
  db: Transaction<Database>,
  told: ReadonlyMap<string, readonly Visit[]>,
): Promise<ReadonlySet<string>> {
  const records = [...told].map(([sessionId, own]) => ({
    session_id: sessionId,
    workspace_id: own[0]?.workspaceId,
    domain_id: own[0]?.domainId,
    ...buildStateColumns(mergeStates(own)),
  }));
  // In one order everywhere, so that two drains never wait for each other in a circle.
  records.sort((a, b) => (a.session_id < b.session_id ? -1 : 1));
  const { rows } = await sql<{ session_id: string }>`
    insert into sessions (${columnList(INSERTED)})
    select ${columnList(INSERTED)} from ${recordSet(INSERTED, records)}
    on conflict do nothing
    returning session_id`.execute(db);
  return new Set(rows.map((row) => row.session_id));
}

type SessionRow = Selectable<Database['sessions']>;

async function lockSessions(
  db: Transaction<Database>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SessionRow>> {
  const { rows } = await sql<SessionRow>`
    select * from sessions where session_id = any(${ids}::text[]) order by session_id for update`.execute(db);
  return new Map(rows.map((row) => [row.session_id, row]));
}

function readState(row: SessionRow): VisitState {
  const { metadata } = row;
  const evidence = readEvidence(row.bot_evidence);
  const posted: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'visitor_id') : null;
  return {
    startedAt: row.started_at.getTime(),
    lastActivityAt: row.last_activity_at.getTime(),
    visitorId: row.visitor_id,
    postedVisitorId: typeof posted === 'string' ? posted : null,
    consentAds: readChoice(row.consent_ads),
    consentAnalytics: readChoice(row.consent_analytics),
    consentAt: row.consent_at?.getTime() ?? null,
    isBot: row.is_bot_detected && evidence.length === 0,
    isBurst: row.bot_reasons.includes('burst'),
    evidence,
    fbp: row.fbp,
    fbc: row.fbc,
    ttp: row.ttp,
    gaClientId: row.ga_client_id,
  };
}

const readChoice = (text: string): VisitState['consentAds'] =>
  text === 'granted' || text === 'pending' ? text : 'denied';
