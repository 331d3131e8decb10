import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { buildQuote, buildWhy, type Hop } from './trace-hop.ts';
import type { Story } from './trace-story.ts';

/** The leads of a story: the visit they came from, their touches, their stages, and what the CRMs were told. */
export async function listLeadHops(db: Kysely<Database>, story: Story): Promise<Hop[]> {
  if (story.leadIds.length === 0) return [];
  const leads = await selectLeads(db, story);
  const sessionIds = leads.flatMap((lead) => lead.session_id ?? []);
  return [
    ...leads.map(buildLeadHop),
    ...(await selectTouches(db, story, sessionIds)).map((touch) => buildTouchHop(touch, leads)),
    ...(await selectStages(db, story)).map(buildStageHop),
    ...(await selectCrmRows(db, story)).map(buildCrmHop),
  ];
}

function selectLeads(db: Kysely<Database>, { workspaceId, leadIds }: Story) {
  return db
    .selectFrom('leads')
    .select([
      'lead_id',
      'session_id',
      'utm_tracking_id',
      'form_location',
      'lead_score',
      'duplicate_of',
      'time_to_conversion',
      'created_at',
    ])
    .where('workspace_id', '=', workspaceId)
    .where('lead_id', 'in', leadIds)
    .execute();
}

type LeadRow = Awaited<ReturnType<typeof selectLeads>>[number];

async function selectTouches(db: Kysely<Database>, { workspaceId }: Story, sessionIds: readonly string[]) {
  if (sessionIds.length === 0) return [];
  return db
    .selectFrom('utm_tracking')
    .select([
      'tracking_id',
      'session_id',
      'utm_source',
      'utm_campaign',
      'gclid',
      'fbclid',
      'ttclid',
      'li_fat_id',
      'created_at',
    ])
    .where('workspace_id', '=', workspaceId)
    .where('session_id', 'in', sessionIds)
    .execute();
}

type TouchRow = Awaited<ReturnType<typeof selectTouches>>[number];

function selectStages(db: Kysely<Database>, { workspaceId, leadIds }: Story) {
  return db
    .selectFrom('lead_stages')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('lead_id', 'in', leadIds)
    .execute();
}

type StageRow = Awaited<ReturnType<typeof selectStages>>[number];

function selectCrmRows(db: Kysely<Database>, { workspaceId, leadIds }: Story) {
  return db
    .selectFrom('integrations_log')
    .select([
      'log_id',
      'integration_type',
      'integration_name',
      'status',
      'error_message',
      'retry_count',
      'created_at',
      'processed_at',
    ])
    .where('workspace_id', '=', workspaceId)
    .where('lead_id', 'in', leadIds)
    .execute();
}

type CrmRow = Awaited<ReturnType<typeof selectCrmRows>>[number];

function buildLeadHop(row: LeadRow): Hop {
  const after = row.time_to_conversion === null ? null : `${row.time_to_conversion} s after the visit began.`;
  return {
    at: row.created_at,
    kind: 'lead',
    id: row.lead_id,
    matched_by: row.session_id === null ? null : 'session',
    why: buildWhy(
      row.form_location === null
        ? 'A lead came.'
        : `A lead came by the form ${buildQuote(row.form_location)}.`,
      row.session_id === null ? 'Its visit is not known.' : null,
      after,
      row.lead_score === null ? null : `Score ${row.lead_score}.`,
      row.duplicate_of === null ? null : `The same person as lead ${row.duplicate_of}.`,
    ),
    receipt: null,
  };
}

function buildTouchHop(row: TouchRow, leads: readonly LeadRow[]): Hop {
  const isOriginal = leads.some((lead) => lead.utm_tracking_id === row.tracking_id);
  const ids = { gclid: row.gclid, fbclid: row.fbclid, ttclid: row.ttclid, li_fat_id: row.li_fat_id };
  const carried = Object.entries({ utm_source: row.utm_source, utm_campaign: row.utm_campaign, ...ids })
    .flatMap(([name, value]) => (value === null ? [] : [`${name} ${buildQuote(value)}`]))
    .join(', ');
  return {
    at: row.created_at,
    kind: 'touch',
    id: row.tracking_id,
    matched_by: 'session',
    why: buildWhy(
      carried === '' ? 'The visitor came without any mark of an ad.' : `The visitor came with ${carried}.`,
      isOriginal ? 'This is the touch that the lead is attributed to.' : null,
    ),
    receipt: null,
  };
}

function buildStageHop(row: StageRow): Hop {
  const value = row.stage_value === null ? '' : `, ${row.stage_value} ${row.currency ?? ''}`;
  return {
    at: row.created_at,
    kind: 'stage',
    id: row.stage_id,
    matched_by: row.dedupe_key === null ? null : 'crm',
    why: buildWhy(
      `The lead became ${row.stage_name}${value.trimEnd()}.`,
      row.changed_by === null ? null : `Told by ${row.changed_by}.`,
      row.reason === null ? null : `Reason: ${buildQuote(row.reason)}.`,
    ),
    receipt: null,
  };
}

function buildCrmHop(row: CrmRow): Hop {
  const way = row.integration_type === 'push' ? 'was told of the lead' : 'told us of the lead';
  return {
    at: row.processed_at ?? row.created_at,
    kind: 'crm',
    id: row.log_id,
    matched_by: null,
    why: buildWhy(
      `${row.integration_name} ${way}: ${row.status}, after ${row.retry_count} repeats.`,
      row.error_message,
    ),
    receipt: null,
  };
}
