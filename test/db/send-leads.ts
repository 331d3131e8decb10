import { type Insertable, type Kysely, sql } from 'kysely';
import type { Consent } from '../../src/domain/conversion.ts';
import { buildId } from '../../src/domain/ids.ts';
import type { StageName } from '../../src/domain/lead-stages.ts';
import type { Database } from '../../src/io/database.gen.ts';
import type { Vault } from '../../src/io/vault.ts';
import type { NewLead } from '../../src/leads/new-lead.ts';
import { saveLeads } from '../../src/leads/save-leads.ts';
import { saveStage } from '../../src/leads/stages.ts';

/** Where leads are made, and when. */
export interface LeadPlace {
  readonly db: Kysely<Database>;
  readonly vault: Vault;
  readonly workspaceId: string;
  readonly now: number;
}

/** What is known of a lead; `touch` null = it came without a visit. */
export interface LeadOptions {
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly name?: string | null;
  readonly consent?: Consent;
  /** How long ago the visit was, in days. */
  readonly visitDays?: number;
  readonly touch?: Partial<Insertable<Database['utm_tracking']>> | null;
}

const DAY_MS = 86_400_000;

/** A visit with the click ids of every platform. */
const EVERY_CLICK_ID = {
  gclid: 'Cj0KCQ',
  fbclid: 'IwAR0',
  ttclid: 'E.C.P.abc',
  li_fat_id: 'a1b2c3d4-0000-4000-8000-000000000001',
  ga_client_id: '1234567890.1795348790',
  utm_source: 'google',
  utm_campaign: 'verao',
};

/** A lead of a visit, joined to it; returns its id. */
export async function addLead(place: LeadPlace, options: LeadOptions): Promise<string> {
  const [leadId = ''] = await addLeads(place, [options]);
  return leadId;
}

/** Leads of one visit each; returns their ids in their order. */
async function addLeads(place: LeadPlace, all: readonly LeadOptions[]): Promise<string[]> {
  const { db, vault } = place;
  const leads = all.map((options) => buildLead(place, options));
  const first = new Date(Math.min(...leads.map((lead) => lead.createdAt.getTime())));
  await sql`select ensure_month_partitions(t, ${first}::date, 5)
    from unnest('{utm_tracking,leads}'::regclass[]) as t`.execute(db);
  await db.transaction().execute((tx) => saveLeads(tx, { vault, hashKey: 'key', ipHashSalt: 'salt' }, leads));
  const touches = leads.flatMap((lead, index) => buildTouch(lead, all[index]?.touch));
  if (touches.length > 0) await db.insertInto('utm_tracking').values(touches).execute();
  await sql`update leads set utm_tracking_id = t.tracking_id from utm_tracking t
    where t.session_id = 's-' || leads.lead_id`.execute(db);
  return leads.map((lead) => lead.leadId);
}

function buildLead({ workspaceId, now }: LeadPlace, options: LeadOptions): NewLead {
  return {
    leadId: buildId(),
    workspaceId,
    domainId: null,
    sessionId: null,
    name: options.name ?? 'Maria Silva',
    email: options.email === undefined ? 'Maria.Silva+promo@gmail.com' : options.email,
    phone: options.phone === undefined ? '(11) 91234-5678' : options.phone,
    consentAds: options.consent ?? 'granted',
    clientIp: '203.0.113.77',
    userAgent: 'Mozilla/5.0 (iPhone)',
    createdAt: new Date(now - (options.visitDays ?? 0) * DAY_MS - 60_000),
  };
}

function buildTouch(lead: NewLead, touch: LeadOptions['touch']) {
  if (touch === null) return [];
  return [
    {
      tracking_id: buildId(),
      workspace_id: lead.workspaceId,
      session_id: `s-${lead.leadId}`,
      page_url: 'https://loja.example.com/oferta?utm_source=google&src=s1',
      ...(touch ?? EVERY_CLICK_ID),
      created_at: lead.createdAt,
    },
  ];
}

/** So many leads, all won now; returns the ids of their events. */
export async function addWonLeads(
  place: LeadPlace,
  { count, visitDays }: { readonly count: number; readonly visitDays: (index: number) => number },
): Promise<string[]> {
  const ids = await addLeads(
    place,
    Array.from({ length: count }, (_none, index) => ({ visitDays: visitDays(index) })),
  );
  const { workspaceId, now } = place;
  await sql`insert into lead_stages (workspace_id, lead_id, stage_name, stage_value, created_at)
    select ${workspaceId}, id, 'won', 10, ${new Date(now)} from unnest(${ids}::uuid[]) as id`.execute(
    place.db,
  );
  return ids.map((leadId) => `won_${leadId}`);
}

/** What becomes of a lead, now. */
export async function addStage(
  { db, workspaceId, now }: Omit<LeadPlace, 'vault'>,
  stage: { readonly leadId: string; readonly stageName: StageName; readonly valueCents: number | null },
): Promise<void> {
  const nothing = { probability: null, changedBy: null, reason: null, currency: null };
  const result = await saveStage(db, { workspaceId, ...stage, ...nothing, at: new Date(now) });
  if (result.kind === 'unknown_lead') throw new Error('The lead is not there.');
}

/** `sync_status` of a lead's sale. */
export async function readSyncStatus(db: Kysely<Database>, leadId: string): Promise<unknown> {
  const row = await db
    .selectFrom('offline_conversions')
    .select('sync_status')
    .where('lead_id', '=', leadId)
    .executeTakeFirst();
  return row?.sync_status;
}
