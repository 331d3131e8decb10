import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { setConversionConsent } from '../../src/conversions/conversions.ts';
import { traceOf } from '../../src/reports/trace.ts';
import { planConversions } from '../../src/send/plan.ts';
import { runPreflight } from '../../src/send/preflight.ts';
import { updateWorkspace } from '../../src/settings/workspaces.ts';
import { openSuspicionWorld, type SuspicionWorld } from './suspicion-world.ts';

let world: SuspicionWorld;

beforeAll(async () => {
  world = await openSuspicionWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.reset();
  await world.addDestination();
});

const DAY_MS = 86_400_000;
const WHY = 'suspicious: bot score 50 (bot_declared 50), fraud score 40 (fraud_no_click_id 30, fraud_bot 10)';

async function send(rounds = 3): Promise<void> {
  const sender = world.sender();
  for (let round = 0; round < rounds; round++) {
    await sender.runOnce();
    world.clock.ahead += 6_000;
  }
}

const states = async () => (await world.deliveries()).map(({ state, reason }) => ({ state, reason }));
const taken = (events: readonly string[]) => events.map((id) => world.meta.timesTaken(id));

/** By day, so that the night of whoever runs the tests adds no reason. */
const everyHourIsDay = { score_weights: { fraud_night: 0 } };

async function addProgram() {
  const settings = JSON.stringify(everyHourIsDay);
  await updateWorkspace(world.db, world.workspaceId, { settings });
  const buyer = await world.addBuyer();
  await world.setBot(buyer.botUserId, true);
  return buyer;
}

describe('suspicious people', () => {
  test('are told of where nobody wants them kept out', async () => {
    const { events } = await addProgram();
    await send();
    expect(taken(events)).toEqual([1, 1, 1]);
  });

  test('are kept out of every event, with the reasons, and nobody else is', async () => {
    await world.keepOut(true);
    const { events } = await addProgram();
    const good = await world.addBuyer();
    await world.profiles();
    await send();
    expect(taken(events)).toEqual([0, 0, 0]);
    expect(taken(good.events)).toEqual([1, 1, 1]);
    const skipped = (await states()).filter(({ state }) => state === 'skipped');
    expect(skipped).toEqual(Array(3).fill({ state: 'skipped', reason: WHY }));
    const note = { platform: 'meta', sync_status: 'pending', http_status_code: null };
    expect(await world.notes()).toEqual(Array(3).fill({ ...note, error_message: `skipped: ${WHY}` }));
    const outcomes = await world.db.selectFrom('conversions').select('plan_outcome').execute();
    expect(outcomes.filter((row) => row.plan_outcome === `skipped: ${WHY}`)).toHaveLength(3);
  });

  test('are told of once when they are no longer kept out', async () => {
    await world.keepOut(true);
    const { events } = await addProgram();
    await send();
    await world.keepOut(false);
    await send();
    expect(taken(events)).toEqual([1, 1, 1]);
    await world.keepOut(true);
    await send();
    await world.keepOut(false);
    await send();
    expect(taken(events)).toEqual([1, 1, 1]);
    expect(await states()).toEqual(Array(3).fill({ state: 'sent', reason: null }));
    const again = (await world.notes()).filter((row) => row.error_message?.startsWith('planned again'));
    expect(again).toHaveLength(3);
    const outcomes = await world.db.selectFrom('conversions').select('plan_outcome').execute();
    expect(outcomes).toEqual(Array(3).fill({ plan_outcome: null }));
  });

  test('are told of once when their score is another one', async () => {
    await world.keepOut(true);
    const { events } = await addProgram();
    await send();
    const settings = JSON.stringify({ score_weights: { fraud_night: 0, suspicious_bot_score: 51 } });
    await updateWorkspace(world.db, world.workspaceId, { settings });
    await world.profiles();
    await send();
    expect(taken(events)).toEqual([1, 1, 1]);
  });

  test('stay kept out of what their platform takes no longer', async () => {
    await world.keepOut(true);
    const { events } = await addProgram();
    await send();
    world.clock.ahead += 8 * DAY_MS;
    await world.keepOut(false);
    await send();
    expect(taken(events)).toEqual([0, 0, 0]);
    expect(await states()).toEqual(Array(3).fill({ state: 'skipped', reason: WHY }));
  });

  test('who take their consent back meanwhile are not told of', async () => {
    await world.keepOut(true);
    const { events, token } = await addProgram();
    await send();
    await setConversionConsent(world.db, { trackingToken: token, consent: 'denied' });
    await world.keepOut(false);
    await send();
    expect(taken(events)).toEqual([0, 0, 0]);
    expect(await states()).toEqual(Array(3).fill({ state: 'skipped', reason: WHY }));
  });

  test('are kept out of what waits already, but not of what was tried', async () => {
    const buyer = await world.addBuyer();
    await world.profiles();
    await world.registry.refresh();
    await planConversions({ ...world.tools, now: new Date(world.clock.now()) });
    const [tried] = await world.deliveries();
    await world.db
      .updateTable('deliveries')
      .set({ attempts: 1 })
      .where('delivery_id', '=', tried?.delivery_id ?? '')
      .execute();
    await world.keepOut(true);
    await world.setBot(buyer.botUserId, true);
    await send();
    expect(taken(buyer.events).toSorted()).toEqual([0, 0, 1]);
    await world.setBot(buyer.botUserId, false);
    await send();
    expect(taken(buyer.events)).toEqual([1, 1, 1]);
  });
});

test('the trace tells when somebody was kept out, why, and when no longer', async () => {
  await world.keepOut(true);
  const { token } = await addProgram();
  const tell = async () => {
    const { hops } = await traceOf(world.db, { workspaceId: world.workspaceId, ref: token, language: 'en' });
    return hops.filter(({ kind }) => kind === 'delivery').map(({ why }) => why);
  };
  await send();
  expect(await tell()).toEqual(Array(2).fill(`Delivery to meta skipped: ${WHY}.`));
  await world.keepOut(false);
  await send();
  expect(await tell()).toEqual([
    ...Array(2).fill(`Delivery to meta skipped: ${WHY}.`),
    ...Array(2).fill('Delivery to meta planned again: no longer kept out as suspicious.'),
    ...Array(2).fill(expect.stringMatching(/^Attempt 1 to meta was taken/)),
  ]);
});

describe('a score that is still to come', () => {
  test('is waited for', async () => {
    await world.keepOut(true);
    const { events, botUserId } = await world.addBuyer();
    await send(1);
    expect(await world.deliveries()).toEqual([]);
    const held = await world.db.selectFrom('conversions').select('hold_reason').execute();
    expect(held).toEqual(Array(3).fill({ hold_reason: 'waits for the score of the person' }));
    await world.setBot(botUserId, true);
    const looked = await runPreflight({ ...world.tools, workspaceId: world.workspaceId, now: Date.now() });
    expect(looked.findings.filter(({ check }) => check === 'suspicious')).toHaveLength(3);
    await send();
    expect(taken(events)).toEqual([0, 0, 0]);
    expect(await world.deliveries()).toHaveLength(3);
  });

  test('is waited for a minute at most, whether somebody has started or not', async () => {
    await world.keepOut(true);
    const { events } = await world.addBuyer();
    const [click = ''] = await world.addConversions(1);
    await send(1);
    world.clock.ahead += 30_000;
    await send(1);
    expect(await world.deliveries()).toEqual([]);
    world.clock.ahead += 30_000;
    await send();
    expect(taken([...events, click])).toEqual([1, 1, 1, 1]);
  });
});

describe('suspicious leads', () => {
  test('are kept out and given back, and the sum is in sync_status', async () => {
    await world.keepOut(true);
    const leadId = await world.addBotLead();
    await world.profiles();
    await world.addStage(leadId, 'won', 5000);
    await send();
    expect(world.meta.timesTaken(`won_${leadId}`)).toBe(0);
    expect(await world.syncStatus(leadId)).toEqual({ meta: 'skipped' });
    await world.setBotSession(leadId, false);
    await send();
    expect(world.meta.timesTaken(`won_${leadId}`)).toBe(1);
    expect(await world.syncStatus(leadId)).toEqual({ meta: 'sent' });
  });

  test('whose sale has a newer value are given back with that alone', async () => {
    await world.keepOut(true);
    const leadId = await world.addBotLead();
    await world.profiles();
    await world.addStage(leadId, 'won', 5000);
    await send(1);
    await world.addStage(leadId, 'won', 7000);
    await send(1);
    await world.keepOut(false);
    await send();
    expect(world.meta.timesTaken(`won_${leadId}`)).toBe(1);
    expect(world.meta.received.at(-1)?.event).toMatchObject({ custom_data: { value: 70 } });
  });

  test('of whom a platform knows are taken back there all the same', async () => {
    await world.addDestination({ platform: 'utmify' });
    const leadId = await world.addBotLead();
    await world.profiles();
    await world.addStage(leadId, 'won', 5000);
    await send();
    await world.keepOut(true);
    await world.addStage(leadId, 'lost');
    await send();
    const last = (await world.deliveries()).filter((row) => row.platform === 'utmify');
    expect(last.map(({ action, state }) => [action, state])).toEqual([
      ['send', 'sent'],
      ['retract', 'sent'],
    ]);
  });
});

test('senders side by side and a setting that moves to and fro send nothing twice', async () => {
  const events: string[] = [];
  for (let index = 0; index < 12; index++) {
    const buyer = await world.addBuyer();
    events.push(...buyer.events);
    if (index % 2 === 0) await world.setBot(buyer.botUserId, true);
  }
  await world.profiles();
  const senders = [world.sender(), world.sender()];
  for (let turn = 0; turn < 6; turn++) {
    await Promise.all([...senders.map((sender) => sender.runOnce()), world.keepOut(turn % 2 === 0)]);
    world.clock.ahead += 6_000;
  }
  await world.keepOut(false);
  await send();
  expect(taken(events)).toEqual(events.map(() => 1));
});
