import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildId } from '../../src/domain/ids.ts';
import type { NewLead } from '../../src/leads/new-lead.ts';
import { countAudience } from '../../src/segments/audience/audience-people.ts';
import { exportAudience } from '../../src/segments/audience/export-audience.ts';
import { exportMembers } from '../../src/segments/export-members.ts';
import type { Condition, SegmentFilter, Subject } from '../../src/segments/filter.ts';
import { countMembers, MEMBER_KINDS } from '../../src/segments/members/members.ts';
import { buildLeadQuery, buildVisitorQuery } from '../../src/segments/segment-query.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { type LeadsWorld, openLeadsWorld, tools } from './leads-world.ts';
import { openSegmentsWorld } from './segments-world.ts';

const EVERYBODY: SegmentFilter = { all: [] };
const ZONE = 'America/Sao_Paulo';
const is = (field: string, op: Condition['op'], value?: Condition['value']): Condition =>
  value === undefined ? { field, op } : { field, op, value };

let database: OpenTestDatabase;
let world: LeadsWorld;
const leads = new Map<string, string>();

beforeAll(async () => {
  database = await openTestDatabase();
  const stranger = await openLeadsWorld(database);
  await stranger.save(
    stranger.lead({ email: 'ana@empresa.com.br', createdAt: new Date('2026-11-10T12:00:00Z') }),
  );
  world = await openLeadsWorld(database);
  await seed();
});
afterAll(() => database.close());

async function seed(): Promise<void> {
  const save = async (name: string, changes: Partial<NewLead>): Promise<string> => {
    const lead = world.lead(changes);
    await world.save(lead);
    leads.set(lead.leadId, name);
    return lead.leadId;
  };
  const at = new Date('2026-11-10T12:00:00Z');
  await world.session('s-ana', at);
  await database.db
    .updateTable('sessions')
    .set({ visitor_id: 'v-ana', converted: true, total_page_views: 3 })
    .where('session_id', '=', 's-ana')
    .execute();
  const touch = { utm_source: 'meta', utm_campaign: 'natal', fbclid: 'abc', device: 'mobile' };
  await world.touch('s-ana', at, touch);
  await world.session('s-bot', at);
  await database.db
    .updateTable('sessions')
    .set({ visitor_id: 'v-bot', is_bot_detected: true, consent_ads: 'denied' })
    .where('session_id', '=', 's-bot')
    .execute();
  await database.db
    .insertInto('visitor_journeys')
    .values(
      ['v-ana', 'v-bot'].map((visitor_id, index) => ({
        ...{ journey_id: buildId(), workspace_id: world.workspaceId, visitor_id, domain_id: world.domainId },
        ...{ first_visit_at: at, last_visit_at: at, total_sessions: index + 1, total_page_views: 3 - index },
        converted: index === 0,
      })),
    )
    .execute();
  const ana = await save('ana', {
    ...{ sessionId: 's-ana', name: 'Ana Lima', email: 'ana@empresa.com.br', phone: '11 91234-5678' },
    ...{
      createdAt: new Date('2026-11-10T12:05:00Z'),
      formLocation: 'topo',
      extensions: { cep: '01310-100' },
    },
  });
  await world.stage(ana, 'qualified');
  await world.stage(ana, 'won', 19_990);
  const bia = await save('bia', {
    ...{ email: 'bia@gmail.com', consentAds: 'denied', createdAt: new Date('2026-11-11T12:00:00Z') },
  });
  await world.stage(bia, 'won', 5000);
  await world.stage(bia, 'lost');
  await save('caio', { name: '=1+1', company: '@cmd', createdAt: new Date('2026-11-12T12:00:00Z') });
  const gone = await save('gone', { email: 'gone@gmail.com', createdAt: new Date('2026-11-13T12:00:00Z') });
  await database.db
    .updateTable('leads')
    .set({ anonymised_at: new Date() })
    .where('lead_id', '=', gone)
    .execute();
  const scores = [
    { lead_id: ana, bot_score: 0, fraud_score: 10, is_suspicious: false },
    { lead_id: bia, bot_score: 60, fraud_score: 70, is_suspicious: true },
  ];
  const made = { workspace_id: world.workspaceId, reasons: '{}', rules: 'test', generated_at: at };
  await database.db
    .insertInto('lead_profiles')
    .values(scores.map((score) => ({ ...score, ...made })))
    .execute();
  await sql`update leads set geo_country = 'BR' where lead_id = ${ana}`.execute(database.db);
  await sql`update leads set utm_tracking_id = (select tracking_id from utm_tracking where session_id = 's-ana')
    where lead_id = ${ana}`.execute(database.db);
}

const question = (filter: SegmentFilter) => ({ workspaceId: world.workspaceId, filter, zone: ZONE });
const findLeads = async (filter: SegmentFilter): Promise<string[]> => {
  const rows = await buildLeadQuery(database.db, question(filter)).execute();
  return rows.map(({ id }) => leads.get(id) ?? '?').sort();
};
const parts = () => ({ db: database.db, vault: tools.vault });
const looking = () => ({
  ...{
    workspaceId: world.workspaceId,
    actor: 'key:test',
    action: 'export' as const,
    reason: 'campanha de natal',
  },
});

const byLead = (a: { lead_id: string | null }, b: { lead_id: string | null }): number => {
  const order = [...leads.keys()];
  return order.indexOf(a.lead_id ?? '') - order.indexOf(b.lead_id ?? '');
};

async function readAll(pieces: AsyncGenerator<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

const listLooks = () =>
  database.db
    .selectFrom('lead_access_log')
    .selectAll()
    .where('workspace_id', '=', world.workspaceId)
    .orderBy('accessed_at')
    .orderBy('access_id')
    .execute();

describe('leads', () => {
  test.each<[Condition, string[]]>([
    [is('utm_source', 'is', 'meta'), ['ana']],
    [is('utm_campaign', 'is_not', 'natal'), ['bia', 'caio']],
    [is('click_id', 'is', 'fbclid'), ['ana']],
    [is('click_id', 'is_not_set'), ['bia', 'caio']],
    [is('device', 'is', 'mobile'), ['ana']],
    [is('form', 'is', 'topo'), ['ana']],
    [is('stage', 'is', 'won'), ['ana']],
    [is('stage', 'in', ['new', 'lost']), ['bia', 'caio']],
    [is('stage_changed_at', 'is_set'), ['ana', 'bia']],
    [is('has_purchased', 'is', true), ['ana']],
    [is('purchase_total', 'at_least', '199.90'), ['ana']],
    [is('purchase_count', 'is', 0), ['bia', 'caio']],
    [is('email_domain', 'is', 'GMAIL.com'), ['bia']],
    [is('is_business_email', 'is', true), ['ana']],
    [is('has_email', 'is', false), ['caio']],
    [is('has_phone', 'is', true), ['ana']],
    [is('has_company', 'is', true), ['caio']],
    [is('lead_score', 'at_least', 0), ['ana', 'bia', 'caio']],
    [is('is_bot', 'is', true), []],
    [is('country', 'is', 'BR'), ['ana']],
    [is('country', 'is_not_set'), ['bia', 'caio']],
    [is('is_suspicious', 'is', true), ['bia']],
    [is('fraud_score', 'at_least', 70), ['bia']],
    [is('bot_score', 'is_set'), ['ana', 'bia']],
    [is('is_duplicate', 'is', false), ['ana', 'bia', 'caio']],
    [is('consent', 'is', 'denied'), ['bia']],
    [is('created_at', 'between', ['2026-11-11', '2026-11-12']), ['bia', 'caio']],
    [is('domain_id', 'is_set'), ['ana', 'bia', 'caio']],
  ])('%j finds %j', async (condition, expected) => {
    expect(await findLeads(condition)).toEqual(expected);
  });

  test('are listed in order, page by page', async () => {
    const { list } = MEMBER_KINDS.leads;
    const first = await list(parts(), question(EVERYBODY), { limit: 2 });
    const rest = await list(parts(), question(EVERYBODY), { after: first.at(-1)?.place, limit: 2 });
    expect([...first, ...rest].map(({ id }) => leads.get(id))).toEqual(['ana', 'bia', 'caio']);
    expect(first[0]?.cells).toMatchObject({
      ...{ name: 'Ana Lima', email: 'ana@empresa.com.br', phone: '+5511912345678', stage: 'won' },
      ...{ purchase_total: '199.90', utm_campaign: 'natal', device: 'mobile', consent: 'granted' },
    });
  });
});

describe('visitors', () => {
  test.each<[Condition, number]>([
    [is('utm_campaign', 'is', 'natal'), 1],
    [is('utm_campaign', 'is_not', 'natal'), 1],
    [is('click_id', 'in', ['fbclid', 'gclid']), 1],
    [is('device', 'is', 'mobile'), 1],
    [is('is_bot', 'is', true), 1],
    [is('is_lead', 'is', true), 1],
    [is('stage', 'is', 'won'), 1],
    [is('stage', 'is_not_set'), 1],
    [is('has_purchased', 'is', true), 1],
    [is('purchase_total', 'more_than', '199'), 1],
    [is('consent', 'is', 'denied'), 1],
    [is('consent', 'is', 'granted'), 1],
    [is('sessions', 'at_least', 1), 2],
    [is('page_views', 'between', [2, 2]), 1],
    [is('last_visit_at', 'on', '2026-11-10'), 2],
    [is('domain_id', 'not_in', [buildId()]), 2],
  ])('%j finds %i', async (condition, expected) => {
    const rows = await buildVisitorQuery(database.db, question(condition)).execute();
    expect(rows).toHaveLength(expected);
  });

  test('hold nothing personal: an export is in no access log', async () => {
    const before = (await listLooks()).length;
    const wish = {
      subject: 'visitors' as const,
      question: question(EVERYBODY),
      looking: looking(),
      isClear: true,
    };
    const file = await readAll(exportMembers(parts(), { ...wish, separator: ',' }));
    expect(file.split('\r\n')).toHaveLength(4);
    expect(file).toContain('v-ana');
    expect(await listLooks()).toHaveLength(before);
  });
});

describe('an export', () => {
  const exportLeads = (isClear: boolean, separator: ',' | ';' = ',') =>
    readAll(
      exportMembers(parts(), {
        ...{ subject: 'leads', question: question(EVERYBODY), looking: looking(), isClear, separator },
      }),
    );

  test('is a CSV that Excel reads and no spreadsheet runs, and each person is in the access log', async () => {
    const before = (await listLooks()).length;
    const file = await exportLeads(true);
    expect(file.startsWith('\uFEFFid,domain_id,external_id,name,email,phone,company,')).toBe(true);
    const lines = file.trimEnd().split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain(",Ana Lima,ana@empresa.com.br,'+5511912345678,");
    expect(lines[3]).toContain(",'=1+1,,,'@cmd,");
    const looks = (await listLooks()).slice(before).sort(byLead);
    expect(looks.map((look) => [look.action, look.actor, look.reason, look.fields])).toEqual([
      ['export', 'key:test', 'campanha de natal', ['name', 'email', 'phone']],
      ['export', 'key:test', 'campanha de natal', ['email']],
      ['export', 'key:test', 'campanha de natal', ['name']],
    ]);
    expect(looks.map((look) => leads.get(look.lead_id ?? ''))).toEqual(['ana', 'bia', 'caio']);
  });

  test('masks what is personal for whom may not see it', async () => {
    const file = await exportLeads(false, ';');
    expect(file).toContain(';A*** L***;a***@empresa.com.br;***5678;');
    expect(file).not.toContain('ana@');
    expect((await listLooks()).slice(-3).sort(byLead).at(-1)?.fields).toEqual(['name (masked)']);
  });
});

describe('an audience', () => {
  test('holds only who agreed and can be matched, and says how many could not', async () => {
    const wish = { subject: 'leads' as const, format: 'google' as const, question: question(EVERYBODY) };
    expect(await countAudience(database.db, wish)).toEqual({
      ...{ members: 3, withoutConsent: 1, withoutIdentifier: 1, exported: 1 },
    });
    const before = (await listLooks()).length;
    const file = await readAll(exportAudience(parts(), { ...wish, looking: looking() }));
    const lines = file.trimEnd().split('\n');
    expect(lines).toEqual([
      'Email,Phone,First Name,Last Name,Country,Zip',
      expect.stringMatching(
        /^[0-9a-f]{64},195563c1d879cb1564e2cdd6d89363ecb1f091ac0eeac094760f06139eae6077,,,,$/,
      ),
    ]);
    const looks = (await listLooks()).slice(before);
    expect(looks.map(({ fields }) => fields)).toEqual([['google audience: Email', 'google audience: Phone']]);
    const meta = await readAll(exportAudience(parts(), { ...wish, format: 'meta', looking: looking() }));
    const [, line = ''] = meta.split('\n');
    expect(line.split(',')[1]).toBe('eeff2a7b3fdffa242c44700da8293d40c64a070956a3cdac36a4553dd4786704');
    expect(line.split(',').filter((cell) => cell !== '')).toHaveLength(5);
  });

  test('leaves out who took the consent back with a later lead', async () => {
    const wish = { subject: 'leads' as const, format: 'meta' as const, question: question(EVERYBODY) };
    const takenBack = world.lead({
      ...{ email: 'ANA@empresa.com.br', consentAds: 'denied', createdAt: new Date('2026-11-20T12:00:00Z') },
    });
    await world.save(takenBack);
    expect(await countAudience(database.db, wish)).toMatchObject({ withoutConsent: 3, exported: 0 });
    await database.db.deleteFrom('leads').where('lead_id', '=', takenBack.leadId).execute();
    expect(await countAudience(database.db, wish)).toMatchObject({ exported: 1 });
  });

  test('of bot users goes to Meta by external id, to Google not at all', async () => {
    const bots = await openSegmentsWorld(database);
    await bots.person({ user: 41, click: { consent: 'granted' }, columns: { geo_country: 'BR' } });
    await bots.person({ user: 42, click: { consent: 'pending' } });
    await bots.person({ user: 43 }); // the workspace's default
    const gone = '2020-01-01T00:00:00Z'; // its click was archived: a refusal may have gone with it
    await bots.person({ user: 44, columns: { tracking_session_id: 'a'.repeat(32), click_timestamp: gone } });
    const own = { workspaceId: bots.workspaceId, filter: EVERYBODY, zone: ZONE };
    const wish = { subject: 'bot_users' as const, question: own };
    expect(await countAudience(database.db, { ...wish, format: 'meta' })).toEqual({
      ...{ members: 4, withoutConsent: 2, withoutIdentifier: 0, exported: 2 },
    });
    expect(await countAudience(database.db, { ...wish, format: 'google' })).toEqual({
      ...{ members: 4, withoutConsent: 2, withoutIdentifier: 2, exported: 0 },
    });
    const who = { ...looking(), workspaceId: bots.workspaceId };
    const file = await readAll(exportAudience(parts(), { ...wish, format: 'meta', looking: who }));
    const ids = file
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').at(-1));
    expect(ids).toEqual([
      '3d914f9348c9cc0ff8a79716700b9fcd4d2f3e711608004eb8f138bcba7f14d9',
      '44cb730c420480a0477b505ae68af508fb90f96cf0ec54c6ad16949dd427f13a',
    ]);
  });
});

test.each<[Subject, number]>([
  ['leads', 3],
  ['visitors', 2],
  ['bot_users', 0],
])('a workspace counts only its own %s', async (subject, count) => {
  expect(await countMembers(database.db, subject, question(EVERYBODY))).toBe(count);
  const stranger = { workspaceId: buildId(), filter: EVERYBODY, zone: ZONE };
  expect(await countMembers(database.db, subject, stranger)).toBe(0);
});
