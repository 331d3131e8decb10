import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { buildQuote, buildWhy, type Hop } from './trace-hop.ts';
import type { Story } from './trace-story.ts';
import { type HopTexts, type LeadTexts, wordOf } from './trace-words/hop-texts.ts';
import { beginSentence, endSentence } from './trace-words/sentences.ts';
import { tellReason } from './trace-words/tell-reason.ts';

/** The leads of a story: the visit they came from, their touches, their stages, and what the CRMs were told. */
export async function listLeadHops(db: Kysely<Database>, story: Story, texts: HopTexts): Promise<Hop[]> {
  if (story.leadIds.length === 0) return [];
  const leads = await selectLeads(db, story);
  const sessionIds = leads.flatMap((lead) => lead.session_id ?? []);
  return [
    ...leads.map((row) => buildLeadHop(row, texts)),
    ...(await selectTouches(db, story, sessionIds)).map((row) => buildTouchHop(row, leads, texts)),
    ...(await selectStages(db, story)).map((row) => buildStageHop(row, texts)),
    ...(await selectCrmRows(db, story)).map((row) => buildCrmHop(row, texts)),
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

function buildLeadHop(row: LeadRow, { lead }: HopTexts): Hop {
  return {
    at: row.created_at,
    kind: 'lead',
    id: row.lead_id,
    matched_by: row.session_id === null ? null : 'session',
    why: buildWhy(
      lead.came(row.form_location === null ? null : buildQuote(row.form_location)),
      row.session_id === null ? lead.noVisit : null,
      row.time_to_conversion === null ? null : lead.after(String(row.time_to_conversion)),
      row.lead_score === null ? null : lead.score(row.lead_score),
      row.duplicate_of === null ? null : lead.samePerson(row.duplicate_of),
    ),
    receipt: null,
  };
}

function buildTouchHop(row: TouchRow, leads: readonly LeadRow[], { lead: texts }: HopTexts): Hop {
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
    why: buildWhy(carried === '' ? texts.noTouch : texts.touch(carried), isOriginal ? texts.original : null),
    receipt: null,
  };
}

function buildStageHop(row: StageRow, { lead, money }: HopTexts): Hop {
  const value = row.stage_value === null ? null : money(row.stage_value, row.currency);
  return {
    at: row.created_at,
    kind: 'stage',
    id: row.stage_id,
    matched_by: row.dedupe_key === null ? null : 'crm',
    why: buildWhy(
      lead.stage(wordOf(lead.stages, row.stage_name), value),
      row.changed_by === null ? null : tellTeller(row.changed_by, lead),
      row.reason === null ? null : lead.stageReason(buildQuote(row.reason)),
    ),
    receipt: null,
  };
}

const tellTeller = (who: string, { byImport, toldBy }: LeadTexts): string =>
  who === 'import' ? byImport : toldBy(who);

function buildCrmHop(row: CrmRow, { lead, language }: HopTexts): Hop {
  const repeats = row.retry_count === 0 ? '' : lead.repeats(row.retry_count);
  const reason = row.error_message && tellReason(row.error_message, language);
  return {
    at: row.processed_at ?? row.created_at,
    kind: 'crm',
    id: row.log_id,
    matched_by: null,
    why: buildWhy(
      lead.crm({
        name: row.integration_name,
        isPush: row.integration_type === 'push',
        status: `${wordOf(lead.crmStatuses, row.status)}${repeats}`,
      }),
      reason && endSentence(beginSentence(reason)),
    ),
    receipt: null,
  };
}
