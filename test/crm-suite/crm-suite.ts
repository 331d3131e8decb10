import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { VendorFault } from '../../src/simulators/vendor-server.ts';
import { type CrmStage, type CrmTraits, newEmail } from './crm-stage.ts';
import { describeInbound } from './inbound-suite.ts';
import { describeReading } from './reading-suite.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** What every kind of connection must do; runs once a kind, on the real room, database and HTTP surface. */
export function describeCrm(id: string, traits: CrmTraits, openStage: () => Promise<CrmStage>): void {
  describe(`crm ${id}`, () => {
    let stage: CrmStage;
    beforeAll(async () => {
      stage = await openStage();
    });
    afterAll(() => stage.close());
    beforeEach(async () => {
      stage.bench.clock.reset();
      stage.calm();
      await stage.refuse(false);
      await stage.bench.settle();
    });
    describePushes(() => stage);
    describePause(() => stage);
    if (traits.isCalled) describeOutages(() => stage);
    describeRefusals(() => stage, traits);
    describeInbound(() => stage, traits);
    describeReading(id);
  });
}

/** A new lead of one person, and how many the vendor had before. */
async function capture({ bench, pushed }: CrmStage) {
  // So that no call of the test meets the question for a token first.
  await bench.room.testConnection(bench.connectionId);
  const before = pushed();
  const email = newEmail();
  const leadId = await bench.capture({ email, phone: '(11) 91234-5678' });
  const row = async () => {
    const found = (await bench.log('push')).find((one) => one.lead_id === leadId);
    if (!found) throw new Error('no push is owed');
    return found;
  };
  return { before, email, leadId, row };
}

function describePushes(stage: () => CrmStage): void {
  test('a captured lead is pushed once, and the record holds neither secrets nor the person', async () => {
    const { bench, pushed } = stage();
    const { before, email, row } = await capture(stage());
    expect((await row()).status).toBe('due');
    await bench.settle();
    await bench.settle();
    expect(pushed() - before).toBe(1);
    const done = await row();
    expect(done).toMatchObject({ status: 'success', attempts: 1, retry_count: 0, error_message: null });
    const kept = JSON.stringify([done.request_data, done.response_data]);
    expect(kept).not.toContain(email);
    expect(kept).not.toContain('91234');
    expect(kept).not.toMatch(/very-|Souza|saber/);
  });

  test('ten processes at once push it once', async () => {
    const { bench, pushed } = stage();
    const { before } = await capture(stage());
    const rooms = Array.from({ length: 5 }, () => bench.openAnotherRoom());
    await Promise.all(rooms.flatMap((room) => [room.runDueRows(), room.runDueRows()]));
    await bench.settle();
    expect(pushed() - before).toBe(1);
  });

  test('a lead that was imported is not pushed', async () => {
    const { bench } = stage();
    const { world } = bench;
    const [saved] = await world.save(world.lead({ email: newEmail() }));
    expect((await bench.log('push')).filter((row) => row.lead_id === saved?.leadId)).toEqual([]);
  });

  test('a test of the connection is accepted', async () => {
    const { bench } = stage();
    expect(await bench.room.testConnection(bench.connectionId)).toMatchObject({ isAccepted: true });
  });
}

function describeOutages(stage: () => CrmStage): void {
  test('an outage is waited out: later, with jitter, and once', async () => {
    const { bench, pushed, script } = stage();
    const { before, row } = await capture(stage());
    const down: VendorFault = { kind: 'answer', status: 503, body: '<html>503</html>' };
    script(down);
    const askedAt = bench.clock.now();
    await bench.settle();
    const waiting = await row();
    expect(waiting).toMatchObject({ status: 'due', error_message: expect.stringContaining('503') });
    expect(waiting.next_attempt_at.getTime()).toBeGreaterThan(askedAt + 3_000);
    bench.clock.move(10_000);
    await bench.settle();
    expect(await row()).toMatchObject({ status: 'success', retry_count: 1 });
    expect(pushed() - before).toBe(1);
  });

  test.each(['lost', 'truncated'] as const)('an answer that is %s makes nothing twice', async (kind) => {
    const { bench, pushed, script, calm } = stage();
    for (let position = 0; position < 3; position += 1) {
      const { before, row } = await capture(stage());
      const pass = Array.from({ length: position }, (): VendorFault => ({ kind: 'pass' }));
      script(...pass, { kind });
      await bench.settle();
      calm();
      for (let round = 0; round < 3; round += 1) {
        bench.clock.move(10 * MINUTE);
        await bench.settle();
      }
      expect((await row()).status).toBe('success');
      expect(pushed() - before, `at call ${position}`).toBe(1);
    }
  });

  test('three days without success make a dead letter', async () => {
    const { bench, script } = stage();
    const { row } = await capture(stage());
    const startedAt = bench.clock.now();
    for (let attempt = 0; attempt < 12 && (await row()).status === 'due'; attempt += 1) {
      script({ kind: 'answer', status: 500, body: '{}' });
      await bench.settle();
      bench.clock.move(Math.max(0, (await row()).next_attempt_at.getTime() - bench.clock.now() + 1));
    }
    const dead = await row();
    expect(dead).toMatchObject({ status: 'failed', error_message: expect.stringContaining('given up') });
    expect(bench.clock.now() - startedAt).toBeGreaterThan(2.3 * DAY);
    expect(bench.clock.now() - startedAt).toBeLessThan(4 * DAY);
  });
}

function describeRefusals(stage: () => CrmStage, { errorInBody, rejection }: CrmTraits): void {
  if (errorInBody !== undefined) {
    test('an error in the body of an answer 200 is an error', async () => {
      const { bench, pushed, script } = stage();
      const { before, row } = await capture(stage());
      script({ kind: 'answer', status: 200, body: errorInBody });
      await bench.settle();
      expect((await row()).status).not.toBe('success');
      expect(pushed() - before).toBe(0);
      await bench.database.db
        .deleteFrom('integrations_log')
        .where('log_id', '=', (await row()).log_id)
        .execute();
    });
  }

  if (rejection) {
    test('what is refused for good is a dead letter at once', async () => {
      const { bench, script } = stage();
      const { row } = await capture(stage());
      script(rejection);
      await bench.settle();
      expect(await row()).toMatchObject({
        status: 'failed',
        retry_count: 0,
        error_message: expect.any(String),
      });
    });
  }
}

function describePause(stage: () => CrmStage): void {
  test('refused credentials pause the connection, keep its queue, and new ones send it', async () => {
    const { bench, pushed, refuse } = stage();
    await refuse(true);
    const { before, row } = await capture(stage());
    await capture(stage());
    await bench.settle();
    expect(await bench.connection()).toMatchObject({
      paused_at: expect.any(Date),
      pause_reason: expect.any(String),
    });
    expect(await row()).toMatchObject({ status: 'due', attempts: 0 });
    expect(await bench.room.testConnection(bench.connectionId)).toMatchObject({ isAccepted: false });
    await refuse(false);
    await bench.settle();
    expect(pushed()).toBe(before);
    await bench.update({ isActive: true });
    await bench.settle();
    expect((await bench.connection()).paused_at).toBeNull();
    expect(pushed() - before).toBe(2);
  });
}
