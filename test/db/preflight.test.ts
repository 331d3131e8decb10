import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkExpiries, checkPreflight } from '../../src/doctor/check-preflight.ts';
import { findPlatform } from '../../src/platforms/registry.ts';
import { adoptOfflineConversions } from '../../src/send/adopt-offline-conversions.ts';
import { runPreflight } from '../../src/send/preflight.ts';
import { openSendWorld, type SendWorld } from './send-world.ts';

let world: SendWorld;

beforeAll(async () => {
  world = await openSendWorld();
});
afterAll(() => world.close());
beforeEach(() => world.reset());

async function look() {
  const now = world.clock.now();
  await adoptOfflineConversions(world.db, new Date(now));
  await world.registry.refresh();
  const { db, vault, registry, workspaceId } = world;
  return runPreflight({ db, vault, registry, findPlatform, workspaceId, now });
}

test('a sound sale has nothing wrong', async () => {
  for (const platform of ['google_ads', 'tiktok', 'linkedin']) await world.addDestination({ platform });
  await world.addDestination();
  await world.addStage(await world.addLead(), 'won', 5_000);
  expect(await look()).toEqual({ checked: 1, isPart: false, findings: [] });
  expect(checkPreflight(await look())).toMatchObject([{ state: 'ok' }]);
});

test('names what is wrong for each platform, and what helps; nothing personal', async () => {
  await world.addDestination({ platform: 'google_ads' });
  await world.addDestination({ platform: 'ga4' });
  const leadId = await world.addLead({
    email: 'not an e-mail',
    phone: '20 91234',
    touch: null,
    visitDays: 0,
  });
  await world.addStage(leadId, 'won');
  const { findings } = await look();
  const told = findings.map(({ platform, check, isLost }) => [platform, check, isLost]);
  expect(told.sort()).toEqual(
    [
      [null, 'value', false],
      [null, 'contact', false],
      [null, 'contact', false],
      ['google_ads', 'identifier', true],
      ['ga4', 'identifier', true],
    ].sort(),
  );
  for (const finding of findings) expect(finding.fix).toMatch(/\w{3,}.*\.$/);
  expect(JSON.stringify(findings)).not.toMatch(/not an e-mail|91234/);
});

test('looks at windows, consent, currency and the time of fbc', async () => {
  await world.addDestination();
  const seconds = Math.floor(world.clock.now() / 1000);
  const late = await world.addLead({ visitDays: 40 });
  const pending = await world.addLead({ consent: 'pending' });
  const denied = await world.addLead({ consent: 'denied' });
  const bad = await world.addLead({ touch: { fbc: `fb.1.${seconds}.IwAR0`, fbclid: 'IwAR0' } });
  for (const leadId of [late, pending, denied, bad]) await world.addStage(leadId, 'won', 5_000);
  await world.db
    .updateTable('offline_conversions')
    .set({ conversion_currency: 'R$' })
    .where('lead_id', '=', bad)
    .execute();
  const { findings } = await look();
  const of = (leadId: string) => findings.filter((one) => one.leadId === leadId).map(({ check }) => check);
  expect([of(late), of(pending), of(denied)]).toEqual([['window'], ['consent'], ['consent']]);
  expect(of(bad).sort()).toEqual(['currency', 'fbc']);
});

test('what was sent is not looked at any more', async () => {
  await world.addDestination({ platform: 'tiktok' });
  await world.addStage(await world.addLead(), 'won', 5_000);
  await world.sender().runOnce();
  expect((await look()).checked).toBe(0);
});

test('a version that ends soon is said, one that has ended is a fault', async () => {
  await world.addDestination({ platform: 'linkedin', settings: { version: '202603' } });
  const states = async (day: string) =>
    (await checkExpiries(world.db, Date.parse(day))).map(({ state }) => state);
  expect(await states('2026-11-22')).toEqual(['ok']);
  expect(await states('2027-02-20')).toEqual(['warning']);
  expect(await states('2027-03-17')).toEqual(['fault']);
});
