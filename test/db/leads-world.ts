import { buildId } from '../../src/domain/ids.ts';
import { openVault } from '../../src/io/vault.ts';
import type { LeadTools } from '../../src/leads/lead-tools.ts';
import type { NewLead, SavedLead } from '../../src/leads/new-lead.ts';
import { saveLeads } from '../../src/leads/save-leads.ts';
import { saveStage } from '../../src/leads/stages.ts';
import { saveDomain } from '../../src/settings/domains.ts';
import { saveWorkspace } from '../../src/settings/workspaces.ts';
import type { OpenTestDatabase } from '../support/database.ts';

/** What the rooms work with in these tests. */
export const tools: LeadTools = {
  vault: openVault({ key: 'leads-test-key-leads-test-key-leads' }),
  hashKey: 'a key of the tests',
  ipHashSalt: 'a salt of the tests, long enough for all',
};

/** A workspace with one site, and how visits and leads come into it. */
export interface LeadsWorld {
  readonly db: OpenTestDatabase['db'];
  readonly workspaceId: string;
  readonly domainId: string;
  lead(changes?: Partial<NewLead>): NewLead;
  save(...leads: readonly NewLead[]): Promise<readonly SavedLead[]>;
  row(leadId: string): ReturnType<typeof findRow>;
  session(sessionId: string, startedAt: Date): Promise<void>;
  /** Returns its tracking id. */
  touch(sessionId: string, at: Date, columns?: Readonly<Record<string, string>>): Promise<string>;
  stage(leadId: string, name: 'won' | 'lost' | 'qualified', value?: number): ReturnType<typeof saveStage>;
  conversion(leadId: string): ReturnType<typeof findConversion>;
}

const findRow = (db: OpenTestDatabase['db'], leadId: string) =>
  db.selectFrom('leads').selectAll().where('lead_id', '=', leadId).executeTakeFirstOrThrow();

const findConversion = (db: OpenTestDatabase['db'], leadId: string) =>
  db.selectFrom('offline_conversions').selectAll().where('lead_id', '=', leadId).executeTakeFirst();

let worlds = 0;

/** Makes a workspace of its own in the database. */
export async function openLeadsWorld({ db }: OpenTestDatabase): Promise<LeadsWorld> {
  worlds += 1;
  const workspaceId = (await saveWorkspace(db, { name: `Leads ${worlds}` })).workspace_id;
  const site = { workspaceId, name: 'Site', origin: 'https://site.example', allowedOrigins: [] };
  const domainId = (await saveDomain(db, { ...site, isActive: true, metadata: {} })).domain_id;
  return {
    db,
    workspaceId,
    domainId,
    lead: (changes = {}) => ({
      leadId: buildId(),
      workspaceId,
      domainId,
      sessionId: null,
      consentAds: 'granted',
      createdAt: new Date(),
      ...changes,
    }),
    save: async (...leads) => (await db.transaction().execute((tx) => saveLeads(tx, tools, leads))).leads,
    row: (leadId) => findRow(db, leadId),
    session: async (sessionId, startedAt) => {
      const times = { started_at: startedAt, last_activity_at: startedAt };
      const row = { session_id: sessionId, workspace_id: workspaceId, domain_id: domainId, ...times };
      await db.insertInto('sessions').values(row).execute();
    },
    touch: async (sessionId, at, columns = {}) => {
      const ids = { tracking_id: buildId(), workspace_id: workspaceId, session_id: sessionId };
      await db
        .insertInto('utm_tracking')
        .values({ ...ids, created_at: at, ...columns })
        .execute();
      return ids.tracking_id;
    },
    stage: (leadId, stageName, value) =>
      saveStage(db, {
        workspaceId,
        leadId,
        stageName,
        valueCents: value ?? null,
        currency: null,
        probability: null,
        changedBy: 'test',
        reason: null,
      }),
    conversion: (leadId) => findConversion(db, leadId),
  };
}
