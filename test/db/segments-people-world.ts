import { sql } from 'kysely';
import { buildId } from '../../src/domain/ids.ts';
import type { NewLead } from '../../src/leads/new-lead.ts';
import type { SegmentFilter } from '../../src/segments/filter.ts';
import type { MemberQuestion } from '../../src/segments/segment-query.ts';
import type { OpenTestDatabase } from '../support/database.ts';
import { type LeadsWorld, openLeadsWorld, tools } from './leads-world.ts';

type Db = OpenTestDatabase['db'];

/** A workspace with four leads, of whom one is anonymised, and two visitors; another workspace has a lead of the same e-mail. */
export interface PeopleWorld {
  readonly db: Db;
  readonly site: LeadsWorld;
  readonly parts: { readonly db: Db; readonly vault: typeof tools.vault };
  /** The name in these tests of the lead with that id. */
  nameOf(leadId: string | null): string;
  question(filter: SegmentFilter): MemberQuestion;
}

/** Makes the people. */
export async function openPeopleWorld(database: OpenTestDatabase): Promise<PeopleWorld> {
  const { db } = database;
  const createdAt = new Date('2026-11-10T12:00:00Z');
  await sql`select ensure_month_partitions(parent, '2026-11-01', 1)
    from unnest('{utm_tracking,leads}'::regclass[]) as parent`.execute(db);
  const stranger = await openLeadsWorld(database);
  await stranger.save(stranger.lead({ email: 'ana@empresa.com.br', createdAt }));
  const site = await openLeadsWorld(database);
  await seedVisitors(db, site);
  const names = await seedLeads(db, site);
  return {
    ...{ db, site, parts: { db, vault: tools.vault } },
    nameOf: (leadId) => names.get(leadId ?? '') ?? '?',
    question: (filter) => ({ workspaceId: site.workspaceId, filter, zone: 'America/Sao_Paulo' }),
  };
}

async function seedVisitors(db: Db, { workspaceId, domainId, session, touch }: LeadsWorld): Promise<void> {
  const at = new Date('2026-11-10T12:00:00Z');
  const visitors = {
    's-ana': { visitor_id: 'v-ana', converted: true, total_page_views: 3 },
    's-bot': { visitor_id: 'v-bot', is_bot_detected: true, consent_ads: 'denied' },
  };
  for (const [sessionId, columns] of Object.entries(visitors)) {
    await session(sessionId, at);
    await db.updateTable('sessions').set(columns).where('session_id', '=', sessionId).execute();
  }
  await touch('s-ana', at, { utm_source: 'meta', utm_campaign: 'natal', fbclid: 'abc', device: 'mobile' });
  await db
    .insertInto('visitor_journeys')
    .values(
      Object.values(visitors).map(({ visitor_id }, index) => ({
        ...{ journey_id: buildId(), workspace_id: workspaceId, visitor_id, domain_id: domainId },
        ...{ first_visit_at: at, last_visit_at: at, total_sessions: index + 1, total_page_views: 3 - index },
        converted: index === 0,
      })),
    )
    .execute();
}

async function seedLeads(db: Db, site: LeadsWorld): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const save = async (name: string, day: string, changes: Partial<NewLead>): Promise<string> => {
    const lead = site.lead({ ...changes, createdAt: new Date(`2026-11-${day}T12:05:00Z`) });
    await site.save(lead);
    names.set(lead.leadId, name);
    return lead.leadId;
  };
  const ana = await save('ana', '10', {
    ...{ sessionId: 's-ana', name: 'Ana Lima', email: 'ana@empresa.com.br', phone: '11 91234-5678' },
    ...{ formLocation: 'topo', extensions: { cep: '01310-100' } },
  });
  await site.stage(ana, 'qualified');
  await site.stage(ana, 'won', 19_990);
  const bia = await save('bia', '11', { email: 'bia@gmail.com', consentAds: 'denied' });
  await site.stage(bia, 'won', 5000);
  await site.stage(bia, 'lost');
  await save('caio', '12', { name: '=1+1', company: '@cmd' });
  const gone = await save('gone', '13', { email: 'gone@gmail.com' });
  const columns = { anonymised_at: new Date() };
  await db.updateTable('leads').set(columns).where('lead_id', '=', gone).execute();
  const made = { workspace_id: site.workspaceId, reasons: '{}', rules: 'test', generated_at: new Date() };
  await db
    .insertInto('lead_profiles')
    .values([
      { ...made, lead_id: ana, bot_score: 0, fraud_score: 10, is_suspicious: false },
      { ...made, lead_id: bia, bot_score: 60, fraud_score: 70, is_suspicious: true },
    ])
    .execute();
  await sql`update leads set geo_country = 'BR',
      utm_tracking_id = (select tracking_id from utm_tracking where session_id = 's-ana')
    where lead_id = ${ana}`.execute(db);
  return names;
}
