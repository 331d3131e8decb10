import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildId } from '../../src/domain/ids.ts';
import { joinLeads } from '../../src/leads/join-leads.ts';
import { openContact } from '../../src/leads/sealed-fields.ts';
import { updateWorkspace } from '../../src/settings/workspaces.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { type LeadsWorld, openLeadsWorld, tools } from './leads-world.ts';

let database: OpenTestDatabase;
let world: LeadsWorld;

beforeAll(async () => {
  database = await openTestDatabase();
  world = await openLeadsWorld(database);
});
afterAll(() => database.close());

/** Of one moment: between two of these lies exactly what a test says, however long it takes. */
const NOW = Date.now();
const minutesAgo = (minutes: number): Date => new Date(NOW - minutes * 60_000);

describe('a lead', () => {
  test('is normalised, sealed, hashed and scored', async () => {
    const lead = world.lead({
      name: 'Maria da Silva',
      email: ' Maria@Empresa.com.br ',
      phone: '(11) 91234-5678',
      message: 'Quero saber mais sobre o plano anual.',
      clientIp: '203.0.113.9',
    });
    expect(await world.save(lead)).toMatchObject([{ kind: 'saved', duplicateOf: null, problems: [] }]);
    const row = await world.row(lead.leadId);
    expect(openContact(tools.vault, row)).toEqual({
      name: 'Maria da Silva',
      email: 'maria@empresa.com.br',
      phone: '+5511912345678',
      message: 'Quero saber mais sobre o plano anual.',
    });
    expect(row).toMatchObject({ is_business_email: true, email_domain: 'empresa.com.br', lead_score: 60 });
    expect(row.score_reasons).toEqual([
      { rule: 'email', points: 15 },
      { rule: 'business_email', points: 20 },
      { rule: 'phone', points: 15 },
      { rule: 'full_name', points: 5 },
      { rule: 'message', points: 5 },
    ]);
    expect(row.hashed_email).toMatch(/^[0-9a-f]{64}$/);
    const stored = JSON.stringify(row, (_key, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
    );
    expect(stored).not.toMatch(/maria@|91234|Silva|plano anual/i);
  });

  test('that is told again changes nothing, also within one batch and with another time', async () => {
    const lead = world.lead({ email: 'again@example.com' });
    expect(await world.save(lead, { ...lead, createdAt: minutesAgo(1) })).toMatchObject([
      { kind: 'saved' },
      { kind: 'known' },
    ]);
    const later = { ...lead, leadId: lead.leadId.toUpperCase(), name: 'Other', createdAt: minutesAgo(2) };
    expect(await world.save(later)).toMatchObject([{ kind: 'known', leadId: lead.leadId }]);
    expect((await world.row(lead.leadId)).name).toBeNull();
  });

  test('with an id that another workspace’s lead has is kept beside it', async () => {
    const other = await openLeadsWorld(database);
    const lead = world.lead({ name: 'First' });
    await world.save(lead);
    const stranger = other.lead({ leadId: lead.leadId, name: 'Second' });
    const [saved] = await other.save(stranger);
    expect(saved?.kind).toBe('saved');
    expect(saved?.leadId).not.toBe(lead.leadId);
    expect(await other.save(stranger)).toMatchObject([{ kind: 'known', leadId: saved?.leadId }]);
    expect((await world.row(lead.leadId)).workspace_id).toBe(world.workspaceId);
  });

  test('keeps what cannot be used, says so, and is not matched on it', async () => {
    const lead = world.lead({
      email: 'maria at empresa',
      phone: '91234-5678',
      name: 'Nul\0 \ud800',
      company: 'x'.repeat(400),
      metadata: { 'a\0': ['b\0'] },
      extensions: 'none',
    });
    const [saved] = await world.save(lead);
    expect(saved?.problems.map((problem) => problem.field)).toEqual([
      'company',
      'email',
      'phone',
      'extensions',
    ]);
    const row = await world.row(lead.leadId);
    expect(row).toMatchObject({
      hashed_email: null,
      hashed_phone: null,
      metadata: { a: ['b'] },
      extensions: {},
    });
    expect(row.company).toHaveLength(300);
    expect(openContact(tools.vault, row)).toMatchObject({
      email: 'maria at empresa',
      phone: '91234-5678',
      name: 'Nul ',
    });
    expect(JSON.stringify(row.problems)).not.toContain('maria');
  });

  test('takes the workspace’s own points', async () => {
    const own = await openLeadsWorld(database);
    const settings = JSON.stringify({ score_weights: { email: 50, phone: 'x', unknown: 3 } });
    await updateWorkspace(database.db, own.workspaceId, { settings });
    const lead = own.lead({ email: 'me@gmail.com', phone: '11 91234-5678' });
    await own.save(lead);
    expect(await own.row(lead.leadId)).toMatchObject({ lead_score: 65, is_business_email: false });
  });
});

describe('duplicates', () => {
  test('are linked to the first by e-mail or phone, in one domain, never dropped', async () => {
    const own = await openLeadsWorld(database);
    const first = own.lead({ email: 'ana@example.com', phone: '11 91111-2222' });
    const byMail = own.lead({ email: 'ANA@example.com' });
    await own.save(first, byMail);
    const byPhone = own.lead({ phone: '+55 11 91111-2222', email: 'new@example.com' });
    const byNewMail = own.lead({ email: 'new@example.com' });
    const elsewhere = own.lead({ email: 'ana@example.com', domainId: null });
    await own.save(byPhone, byNewMail, elsewhere);
    const links = await Promise.all(
      [first, byMail, byPhone, byNewMail, elsewhere].map(
        async (lead) => (await own.row(lead.leadId)).duplicate_of,
      ),
    );
    expect(links).toEqual([null, first.leadId, first.leadId, first.leadId, null]);
  });

  test('of two processes at once have one first', async () => {
    const own = await openLeadsWorld(database);
    const leads = Array.from({ length: 6 }, () => own.lead({ email: 'race@example.com' }));
    await Promise.all(leads.map((lead) => own.save(lead)));
    const rows = await Promise.all(leads.map((lead) => own.row(lead.leadId)));
    expect(rows.filter((row) => row.duplicate_of === null)).toHaveLength(1);
    expect(new Set(rows.flatMap((row) => row.duplicate_of ?? [])).size).toBe(1);
  });
});

describe('the join to a session', () => {
  test('takes the newest touch with ids at the moment of the lead', async () => {
    const sessionId = buildId();
    await world.session(sessionId, minutesAgo(30));
    await world.touch(sessionId, minutesAgo(30), { gclid: 'old' });
    const wanted = await world.touch(sessionId, minutesAgo(20), { gclid: 'new', utm_source: 'google' });
    await world.touch(sessionId, minutesAgo(15), { utm_source: 'mail' });
    await world.touch(sessionId, minutesAgo(5), { fbclid: 'later' });
    const lead = world.lead({ sessionId, createdAt: minutesAgo(10) });
    await world.save(lead);
    expect(await world.row(lead.leadId)).toMatchObject({
      utm_tracking_id: wanted,
      time_to_conversion: 1200,
      lead_score: 15,
    });
  });

  test('comes out the same when the lead came before its session and the touches in disorder', async () => {
    const sessionId = buildId();
    const lead = world.lead({ sessionId, createdAt: minutesAgo(10) });
    await world.save(lead);
    expect(await joinLeads(world.db, [sessionId])).toEqual([]);
    await world.session(sessionId, minutesAgo(20));
    const plain = await world.touch(sessionId, minutesAgo(20));
    expect(await joinLeads(world.db, [sessionId])).toMatchObject([{ sessionId, leadId: lead.leadId }]);
    expect(await world.row(lead.leadId)).toMatchObject({ utm_tracking_id: plain, time_to_conversion: 600 });
    const clicked = await world.touch(sessionId, minutesAgo(18), { gclid: 'g', utm_campaign: 'c' });
    await world.touch(sessionId, minutesAgo(1), { gclid: 'too late' });
    await joinLeads(world.db, [sessionId]);
    expect(await world.row(lead.leadId)).toMatchObject({ utm_tracking_id: clicked, lead_score: 15 });
  });

  test('never takes another workspace’s session', async () => {
    const sessionId = buildId();
    const other = await openLeadsWorld(database);
    await other.session(sessionId, minutesAgo(20));
    await other.touch(sessionId, minutesAgo(20), { gclid: 'theirs' });
    const lead = world.lead({ sessionId });
    await world.save(lead);
    expect((await world.row(lead.leadId)).utm_tracking_id).toBeNull();
  });
});
