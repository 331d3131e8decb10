import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildId } from '../../src/domain/ids.ts';
import { joinLeads } from '../../src/leads/join-leads.ts';
import { saveStage } from '../../src/leads/stages.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { type LeadsWorld, openLeadsWorld } from './leads-world.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
let database: OpenTestDatabase;
let world: LeadsWorld;

beforeAll(async () => {
  database = await openTestDatabase();
  world = await openLeadsWorld(database);
});
afterAll(() => database.close());

/** A lead of 70 days ago, so that its touch is in another month's partition than its sale. */
async function makeLead(): Promise<{ leadId: string; touchId: string; sessionId: string }> {
  const sessionId = buildId();
  const at = new Date(Date.now() - 70 * DAY_MS);
  await world.session(sessionId, at);
  const touchId = await world.touch(sessionId, at, {
    gclid: 'G1',
    fbclid: 'F1',
    ttclid: 'T1',
    li_fat_id: 'L1',
  });
  const lead = world.lead({ sessionId, createdAt: new Date(at.getTime() + MINUTE_MS) });
  await world.save(lead);
  return { leadId: lead.leadId, touchId, sessionId };
}

describe('won', () => {
  test('makes one conversion from the lead’s original touch', async () => {
    const { leadId, touchId, sessionId } = await makeLead();
    await world.touch(sessionId, new Date(), { gclid: 'G2' });
    await joinLeads(world.db, [sessionId]);
    await world.stage(leadId, 'qualified');
    expect(await world.conversion(leadId)).toBeUndefined();
    const won = await world.stage(leadId, 'won', 123_456);
    expect(await world.conversion(leadId)).toMatchObject({
      workspace_id: world.workspaceId,
      original_tracking_id: touchId,
      gclid: 'G1',
      fbclid: 'F1',
      ttclid: 'T1',
      li_fat_id: 'L1',
      conversion_value: '1234.56',
      conversion_currency: 'BRL',
      conversion_name: 'won',
      conversion_date: won.kind === 'saved' ? won.stage.created_at : null,
      sync_status: {},
      revision: 1,
      retracted_at: null,
    });
  });

  test('again with the same value, or none, changes nothing; with another it restates', async () => {
    const { leadId } = await makeLead();
    await world.stage(leadId, 'won', 1000);
    const first = await world.conversion(leadId);
    await world.stage(leadId, 'won', 1000);
    await world.stage(leadId, 'won');
    expect(await world.conversion(leadId)).toEqual(first);
    await world.stage(leadId, 'won', 2000);
    expect(await world.conversion(leadId)).toEqual({ ...first, conversion_value: '20.00', revision: 2 });
  });

  test('is retracted by lost and comes back with won', async () => {
    const { leadId } = await makeLead();
    await world.stage(leadId, 'lost');
    expect(await world.conversion(leadId)).toBeUndefined();
    await world.stage(leadId, 'won', 1000);
    await world.stage(leadId, 'lost');
    expect(await world.conversion(leadId)).toMatchObject({ revision: 2, retracted_at: expect.any(Date) });
    await world.stage(leadId, 'lost');
    expect(await world.conversion(leadId)).toMatchObject({ revision: 2 });
    await world.stage(leadId, 'won');
    expect(await world.conversion(leadId)).toMatchObject({
      revision: 3,
      retracted_at: null,
      conversion_value: '10.00',
    });
  });

  test('told late, after the lost that followed it, is retracted at once', async () => {
    const { leadId } = await makeLead();
    const stage = {
      workspaceId: world.workspaceId,
      leadId,
      currency: null,
      probability: null,
      changedBy: null,
      reason: null,
    };
    await saveStage(world.db, {
      ...stage,
      stageName: 'lost',
      valueCents: null,
      at: new Date('2026-02-02T00:00:00Z'),
    });
    await saveStage(world.db, {
      ...stage,
      stageName: 'won',
      valueCents: 100,
      at: new Date('2026-02-01T00:00:00Z'),
    });
    expect(await world.conversion(leadId)).toMatchObject({
      retracted_at: new Date('2026-02-02T00:00:00Z'),
      conversion_date: new Date('2026-02-01T00:00:00Z'),
    });
  });

  test('by a person with SQL does the same', async () => {
    const { leadId } = await makeLead();
    await sql`insert into lead_stages (lead_id, stage_name, stage_value) values (${leadId}, 'won', 99.9)`.execute(
      world.db,
    );
    expect(await world.conversion(leadId)).toMatchObject({
      gclid: 'G1',
      conversion_value: '99.90',
      conversion_currency: 'BRL',
    });
    await sql`update lead_stages set stage_value = 50 where lead_id = ${leadId}`.execute(world.db);
    expect(await world.conversion(leadId)).toMatchObject({ conversion_value: '50.00', revision: 2 });
    const stray = sql`insert into lead_stages (lead_id, stage_name) values (${buildId()}, 'won')`.execute(
      world.db,
    );
    await expect(stray).rejects.toThrow(/does not exist/);
  });

  test('without a touch has no ids until the visit is known', async () => {
    const sessionId = buildId();
    const lead = world.lead({ sessionId });
    await world.save(lead);
    await world.stage(lead.leadId, 'won', 500);
    expect(await world.conversion(lead.leadId)).toMatchObject({ original_tracking_id: null, gclid: null });
    await world.session(sessionId, new Date(Date.now() - MINUTE_MS));
    const touchId = await world.touch(sessionId, new Date(Date.now() - MINUTE_MS), { gclid: 'late' });
    await joinLeads(world.db, [sessionId]);
    expect(await world.conversion(lead.leadId)).toMatchObject({
      original_tracking_id: touchId,
      gclid: 'late',
    });
    await world.touch(sessionId, new Date(Date.now() - MINUTE_MS / 2), { gclid: 'later still' });
    await joinLeads(world.db, [sessionId]);
    expect(await world.row(lead.leadId)).toMatchObject({ utm_tracking_id: touchId });
  });

  test('at the same moment by several is one conversion', async () => {
    const { leadId } = await makeLead();
    await Promise.all([100, 200, 300, 400].map((value) => world.stage(leadId, 'won', value)));
    const newest = await sql<{ stage_value: string }>`
      select stage_value from lead_stages where lead_id = ${leadId} order by created_at desc, arrival desc limit 1`.execute(
      world.db,
    );
    expect((await world.conversion(leadId))?.conversion_value).toBe(newest.rows[0]?.stage_value);
  });
});

test('a stage is made once a dedupe key, a workspace', async () => {
  const { leadId } = await makeLead();
  const stage = {
    workspaceId: world.workspaceId,
    leadId,
    stageName: 'qualified',
    valueCents: null,
    currency: null,
    probability: 40,
    changedBy: 'crm',
    reason: null,
    dedupeKey: 'hubspot:1',
  } as const;
  const first = await saveStage(world.db, stage);
  const again = await saveStage(world.db, { ...stage, probability: 90 });
  expect([first.kind, again.kind]).toEqual(['saved', 'known']);
  expect(again).toMatchObject({ stage: { probability: 40 } });
  expect(await saveStage(world.db, { ...stage, leadId: buildId() })).toEqual({ kind: 'unknown_lead' });
  const other = await openLeadsWorld(database);
  expect(await saveStage(other.db, { ...stage, workspaceId: other.workspaceId })).toEqual({
    kind: 'unknown_lead',
  });
});
