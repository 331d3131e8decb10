import { expect, test } from 'vitest';
import { type CrmStage, type CrmTraits, newEmail } from './crm-stage.ts';

const MINUTE = 60_000;

/** What every CRM that stages come from must do. */
export function describeInbound(stage: () => CrmStage, traits: CrmTraits): void {
  describeAddress(stage);
  if (traits.hasWebhooks) describeWebhooks(stage, traits);
  if (traits.isAsked) describeReconciliation(stage, traits);
}

/** A lead that has been pushed, and its deal there. */
async function captureDeal({ bench, inbound }: CrmStage) {
  const email = newEmail();
  const leadId = await bench.capture({ email });
  await bench.settle();
  return { leadId, email, dealId: inbound.dealOf(leadId) ?? inbound.makeDeal(email) };
}

/** The webhooks' rows that something added, as they are now. */
async function watchLog({ bench }: CrmStage, act: () => Promise<unknown>) {
  const before = new Set((await bench.log('webhook')).map((row) => row.log_id));
  await act();
  return async () => (await bench.log('webhook')).filter((row) => !before.has(row.log_id));
}

const names = (stages: readonly { readonly stage_name: string }[]) => stages.map((one) => one.stage_name);

function describeAddress(stage: () => CrmStage): void {
  test('the address of no connection is 404', async () => {
    const { bench } = stage();
    const post = async (id: string) => {
      const url = new URL(`/webhooks/crm/${id}`, bench.webhookUrl);
      return (await fetch(url, { method: 'POST', body: '{}' })).status;
    };
    expect(await post('01900000-0000-7000-8000-000000000000')).toBe(404);
    expect(await post('%00')).toBe(404);
  });
}

function describeWebhooks(stage: () => CrmStage, traits: CrmTraits): void {
  test('a webhook moves the lead of the deal, once however often it comes', async () => {
    const { bench, inbound } = stage();
    const { leadId, dealId } = await captureDeal(stage());
    inbound.move(dealId, 'qualified');
    expect(await inbound.tell(dealId, { times: 3 })).toEqual([200, 200, 200]);
    expect(names(await bench.stages(leadId))).not.toContain('qualified');
    await bench.settle();
    await inbound.tell(dealId);
    await bench.settle();
    expect(names(await bench.stages(leadId)).filter((name) => name === 'qualified')).toHaveLength(1);
    inbound.move(dealId, 'won', '1234.56');
    await inbound.tell(dealId);
    await bench.settle();
    const won = (await bench.stages(leadId)).filter((one) => one.stage_name === 'won');
    const value = traits.hasAmounts ? { stage_value: '1234.56', currency: 'BRL' } : { stage_value: null };
    expect(won).toEqual([expect.objectContaining(value)]);
    expect(await bench.world.conversion(leadId)).toMatchObject({ conversion_name: 'won' });
  });

  test('a deal that people made there is joined by its e-mail', async () => {
    const { bench, inbound } = stage();
    const email = newEmail();
    const leadId = await bench.capture({ email: email.toUpperCase() });
    const dealId = inbound.makeDeal(email);
    inbound.move(dealId, 'won', '10.00');
    await inbound.tell(dealId);
    await bench.settle();
    expect(names(await bench.stages(leadId))).toContain('won');
    await bench.settle();
  });

  if (traits.hasAmounts) {
    test('a lost deal is lost, and the conversion is taken back', async () => {
      const { bench, inbound } = stage();
      const { leadId, dealId } = await captureDeal(stage());
      for (const to of ['won', 'lost'] as const) {
        inbound.move(dealId, to, '20.00');
        await inbound.tell(dealId);
        await bench.settle();
        bench.clock.move(1_000);
      }
      expect(names(await bench.stages(leadId)).slice(-2)).toEqual(['won', 'lost']);
      expect((await bench.world.conversion(leadId))?.retracted_at).toEqual(expect.any(Date));
    });
  }

  test('a forged webhook gets 401 and changes nothing', async () => {
    const { bench, inbound } = stage();
    const { leadId, dealId } = await captureDeal(stage());
    inbound.move(dealId, 'won', '5.00');
    const rows = (await bench.log('webhook')).filter((row) => row.status !== 'ignored').length;
    expect(await inbound.tell(dealId, { times: 3, forged: true })).toEqual([401, 401, 401]);
    await bench.settle();
    expect(names(await bench.stages(leadId))).not.toContain('won');
    expect((await bench.log('webhook')).filter((row) => row.status !== 'ignored')).toHaveLength(rows);
    const refused = (await bench.log('webhook')).filter((row) => row.error_message?.startsWith('refused'));
    expect(refused.at(-1)?.body).toBeNull();
  });

  test('what is about no deal, and what is cut off, is ignored with the reason', async () => {
    const { bench, inbound } = stage();
    for (const tell of [inbound.tellOther, inbound.tellTruncated]) {
      const rows = await watchLog(stage(), async () => expect(await tell()).toEqual([200]));
      await bench.settle();
      expect(await rows()).toEqual([
        expect.objectContaining({ status: 'ignored', error_message: expect.stringMatching(/./) }),
      ]);
    }
  });

  test('a deal of nobody here is ignored with the reason, after a moment', async () => {
    const { bench, inbound } = stage();
    const dealId = inbound.makeDeal(newEmail());
    inbound.move(dealId, 'won', '5.00');
    const rows = await watchLog(stage(), () => inbound.tell(dealId));
    await bench.settle();
    expect(await rows()).toEqual([expect.objectContaining({ status: 'due' })]);
    bench.clock.move(15_000);
    await bench.settle();
    const reason = expect.stringContaining('no lead has');
    expect(await rows()).toEqual([expect.objectContaining({ status: 'ignored', error_message: reason })]);
  });
}

function describeReconciliation(stage: () => CrmStage, traits: CrmTraits): void {
  test('a webhook that never came is made up for exactly once', async () => {
    const { bench, inbound } = stage();
    const { leadId, dealId } = await captureDeal(stage());
    inbound.move(dealId, 'won', '99.90');
    for (let night = 0; night < 3; night += 1) {
      expect((await bench.room.reconcile({ which: 'all' })).failed).toBe(0);
    }
    if (traits.hasWebhooks) await inbound.tell(dealId, { times: 2 });
    await bench.settle();
    expect(names(await bench.stages(leadId)).filter((name) => name === 'won')).toHaveLength(1);
    const pulled = (await bench.log('pull')).filter((row) => row.lead_id === leadId);
    expect(pulled.map((row) => row.status)).toEqual(['success']);
    expect((await bench.connection()).last_reconciled_at).toEqual(expect.any(Date));
  });

  test('a night without an answer is made up for by the next', async () => {
    const { bench, inbound, script, calm } = stage();
    const { leadId, dealId } = await captureDeal(stage());
    inbound.move(dealId, 'won', '9.90');
    const before = (await bench.connection()).last_reconciled_at;
    script({ kind: 'answer', status: 502, body: '<html>' });
    expect((await bench.room.reconcile({ which: 'all' })).failed).toBe(1);
    calm();
    expect((await bench.connection()).last_reconciled_at).toEqual(before);
    bench.clock.move(30 * MINUTE);
    await bench.room.reconcile({ which: 'all' });
    expect(names(await bench.stages(leadId))).toContain('won');
  });
}
