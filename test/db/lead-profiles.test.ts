import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildId } from '../../src/domain/ids.ts';
import { listLeads } from '../../src/leads/find-leads.ts';
import { joinLeads } from '../../src/leads/join-leads.ts';
import type { NewLead } from '../../src/leads/new-lead.ts';
import { runDueProfiles } from '../../src/profiles/due-profiles.ts';
import { createEnricher } from '../../src/projections/enrich.ts';
import { updateWorkspace } from '../../src/settings/workspaces.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { type LeadsWorld, openLeadsWorld, tools } from './leads-world.ts';
import { lead, openVisitsWorld, view } from './visits-world.ts';

// 15:00 and 04:00 in São Paulo, in a month that has partitions.
const day = (hourUtc: number): Date => {
  const at = new Date();
  at.setUTCHours(hourUtc, 0, 0, 0);
  return new Date(at.getTime() - 86_400_000);
};
const NOON = day(18);
const NIGHT = day(7);
const later = (at: Date, seconds: number): Date => new Date(at.getTime() + seconds * 1000);

let database: OpenTestDatabase;
let world: LeadsWorld;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  world = await openLeadsWorld(database);
});

const runAll = async (): Promise<void> => {
  while ((await runDueProfiles(database.db)) > 0);
};

const scoreOf = async (leadId: string) => {
  await runAll();
  const row = await database.db
    .selectFrom('lead_profiles')
    .select(['bot_score', 'fraud_score', 'is_suspicious', 'reasons'])
    .where('lead_id', '=', leadId)
    .executeTakeFirst();
  return row;
};

interface VisitOptions {
  readonly at?: Date;
  readonly isBot?: boolean;
  /** From the first page to the form; null = no page was seen. */
  readonly seconds?: number | null;
  readonly click?: Readonly<Record<string, string>> | null;
  readonly lead?: Partial<NewLead>;
}

/** A lead with its session, page view and touch. */
async function visit(options: VisitOptions = {}): Promise<string> {
  const { db } = database;
  const at = options.at ?? NOON;
  const seconds = options.seconds === undefined ? 60 : options.seconds;
  const startedAt = later(at, -(seconds ?? 0));
  const sessionId = buildId();
  await world.session(sessionId, startedAt);
  const marks = { is_bot_detected: options.isBot ?? false, converted: true };
  await db.updateTable('sessions').set(marks).where('session_id', '=', sessionId).execute();
  if (seconds !== null) {
    const view = { view_id: buildId(), workspace_id: world.workspaceId, session_id: sessionId };
    await db
      .insertInto('page_views')
      .values({ ...view, view_order: 1, created_at: startedAt })
      .execute();
  }
  if (options.click !== null) await world.touch(sessionId, startedAt, options.click ?? { gclid: 'abc' });
  const form = world.lead({
    sessionId,
    createdAt: at,
    clientIp: '203.0.113.5',
    country: 'BR',
    ...options.lead,
  });
  await world.save(form);
  return form.leadId;
}

describe('the scores of a lead', () => {
  test.each<[string, VisitOptions, number, number]>([
    ['of a person', {}, 0, 0],
    ['of a program', { isBot: true }, 50, 10],
    ['of a form filled in a second', { seconds: 1 }, 20, 0],
    ['of a form without scripts, whose visit nobody saw', { seconds: null }, 0, 0],
    ['of rented servers', { lead: { isDatacenter: true } }, 20, 0],
    ['from abroad', { lead: { country: 'US' } }, 0, 40],
    ['from nobody knows where', { lead: { country: null } }, 0, 0],
    ['without a click id', { click: { utm_source: 'newsletter' } }, 0, 30],
    ['without any touch', { click: null }, 0, 30],
    ['at night', { at: NIGHT }, 0, 20],
    [
      'of everything',
      { isBot: true, seconds: 0.5, at: NIGHT, click: null, lead: { country: 'US', isDatacenter: true } },
      90,
      100,
    ],
  ])('%s', async (_name, options, bot, fraud) => {
    const found = await scoreOf(await visit(options));
    expect(found).toMatchObject({ bot_score: bot, fraud_score: fraud });
    expect(found?.is_suspicious).toBe(bot >= 50 || fraud >= 70);
  });

  test('of one without a visit, as from a file, are nothing', async () => {
    const form = world.lead({ createdAt: NIGHT });
    await world.save(form);
    expect(await scoreOf(form.leadId)).toMatchObject({
      ...{ bot_score: 0, fraud_score: 0, is_suspicious: false, reasons: { bot: [], fraud: [] } },
    });
  });

  test('tell of a burst in all of it, however often one person sends the form', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.push(await visit({ at: later(NOON, index) }));
    const again = { email: 'ana@gmail.com' };
    for (let index = 0; index < 7; index++) await visit({ at: later(NOON, 200 + index), lead: again });
    expect(await scoreOf(ids[0] ?? '')).toMatchObject({ bot_score: 0 });
    ids.push(await visit({ at: later(NOON, 30) }));
    for (const id of ids) expect(await scoreOf(id)).toMatchObject({ bot_score: 30 });
    const count = await database.db
      .selectFrom('lead_profiles')
      .select((it) => it.fn.countAll().as('leads'))
      .where('workspace_id', '=', world.workspaceId)
      .where('bot_score', '>', 0)
      .executeTakeFirst();
    expect(Number(count?.leads)).toBe(6);
  });

  test('follow the visit, the session’s mark and the settings', async () => {
    const { db } = database;
    const sessionId = buildId();
    const form = world.lead({ sessionId, createdAt: NOON, country: 'US' });
    await world.save(form);
    expect(await scoreOf(form.leadId)).toMatchObject({ fraud_score: 40 });
    await world.session(sessionId, NOON);
    await db.transaction().execute((tx) => joinLeads(tx, [sessionId]));
    expect(await scoreOf(form.leadId)).toMatchObject({ fraud_score: 70, is_suspicious: true });
    await world.touch(sessionId, NOON, { fbclid: 'x' });
    await db.transaction().execute((tx) => joinLeads(tx, [sessionId]));
    expect(await scoreOf(form.leadId)).toMatchObject({ fraud_score: 40, is_suspicious: false });
    const mark = { converted: true, is_bot_detected: true };
    await db.updateTable('sessions').set(mark).where('session_id', '=', sessionId).execute();
    expect(await scoreOf(form.leadId)).toMatchObject({ bot_score: 50, fraud_score: 50 });
    await updateWorkspace(db, world.workspaceId, { expected_countries: ['BR', 'US'] });
    expect(await scoreOf(form.leadId)).toMatchObject({ bot_score: 50, fraud_score: 10 });
  });

  test('go when the person is erased, and when the lead is', async () => {
    const { db } = database;
    const leadId = await visit({ isBot: true });
    await scoreOf(leadId);
    await db.updateTable('leads').set({ ip_hash: null }).where('lead_id', '=', leadId).execute();
    const rows = await db.selectFrom('lead_profiles').selectAll().where('lead_id', '=', leadId).execute();
    expect(rows).toEqual([]);
    await scoreOf(leadId);
    await db.deleteFrom('leads').where('lead_id', '=', leadId).execute();
    await updateWorkspace(db, world.workspaceId, { timezone: 'Asia/Tokyo' });
    expect(await scoreOf(leadId)).toBeUndefined();
  });
});

test('a form of a site brings the country and the network of its address', async () => {
  const site = await openVisitsWorld(database);
  try {
    // Whatever hour it is where the tests run.
    const settings = JSON.stringify({ score_weights: { fraud_night: 0 } });
    await updateWorkspace(database.db, site.workspaceId, { settings });
    const origin = () => ({ country: 'US', isDatacenter: true });
    const sent = lead(30, '/form');
    const facts = [site.request([view(0, '/'), sent])];
    await site.fold(facts, true, { ...createEnricher({ geo: null }), origin });
    await runAll();
    const row = { bot_score: 20, fraud_score: 70, is_suspicious: true };
    const question = { workspaceId: site.workspaceId, suspicious: true, limit: 10 };
    expect(await listLeads(database.db, tools, question)).toMatchObject([
      { lead_id: sent.id, geo_country: 'US', is_datacenter: true, ...row },
    ]);
  } finally {
    site.close();
  }
});

test('suspicious leads are found by themselves, and others too', async () => {
  const bad = await visit({ isBot: true });
  const good = await visit();
  const fresh = world.lead();
  await runAll();
  await world.save(fresh);
  const find = async (suspicious: boolean) => {
    const question = { workspaceId: world.workspaceId, suspicious, limit: 10 };
    return (await listLeads(database.db, tools, question)).map((row) => row.lead_id).toSorted();
  };
  expect(await find(true)).toEqual([bad]);
  expect(await find(false)).toEqual([good, fresh.leadId].toSorted());
});
