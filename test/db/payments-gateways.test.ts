import { buildSandboxSignature } from '../../src/gateways/sandbox.ts';
import { buildWebhookKey } from '../../src/payments/webhook-key.ts';
import { startPushinPay } from '../../src/simulators/pushinpay.ts';
import { describeGateway } from '../gateway-suite/gateway-suite.ts';
import { openPaymentBench, SECRET_KEY } from '../gateway-suite/payment-bench.ts';

describeGateway('sandbox', async () => {
  const bench = await openPaymentBench({ gateway: 'sandbox', credentials: {} });
  const { accountId } = bench.account;
  const { db } = bench.database;
  const post = async (body: object, query = '', forged = false) => {
    const rawBody = Buffer.from(JSON.stringify(body));
    const key = forged ? 'guess' : buildWebhookKey({ secretKey: SECRET_KEY, accountId });
    const response = await fetch(`${bench.publicUrl}/webhooks/payments/sandbox/${accountId}${query}`, {
      method: 'POST',
      headers: { 'x-sandbox-signature': buildSandboxSignature({ rawBody, key, at: bench.clock.now() }) },
      body: rawBody,
    });
    return response.status;
  };
  return {
    bench,
    set: async (chargeId, change) => {
      await db
        .updateTable('sandbox_charges')
        .set({
          ...(change.status ? { status: change.status } : {}),
          ...(change.cents ? { amount_cents: change.cents } : {}),
        })
        .where('charge_id', '=', chargeId)
        .execute();
    },
    tell: async (chargeId, manner) => {
      const statuses: number[] = [];
      for (let time = 0; time < (manner?.times ?? 1); time += 1) {
        statuses.push(await post({ event: 'charge.paid', id: chargeId }, '', manner?.forged));
      }
      return statuses;
    },
    tellOther: () => post({ event: 'account.updated', id: 'x' }),
    close: bench.close,
  };
});

describeGateway('pushinpay', async () => {
  const simulator = await startPushinPay({ token: 'tok', webhookToken: 'hook' });
  const bench = await openPaymentBench({
    gateway: 'pushinpay',
    credentials: { token: 'tok', webhook_token: 'hook' },
    baseUrl: simulator.url,
  });
  return {
    bench,
    set: async (chargeId, change) => {
      if (change.cents) simulator.reprice(chargeId, change.cents);
      if (change.status) simulator.set(chargeId, change.status);
    },
    // The id in capitals, twice as JSON and otherwise as a form.
    tell: (chargeId, manner) =>
      simulator.tell(chargeId, {
        times: manner?.times ?? 1,
        as: manner?.times === 2 ? 'json' : 'form',
        ...(manner?.forged ? { token: 'guess' } : {}),
      }),
    tellOther: async () => {
      const url = `${bench.publicUrl}/webhooks/payments/pushinpay/${bench.account.accountId}`;
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'x-pushinpay-token': 'hook' },
        body: 'event=ping',
      });
      return response.status;
    },
    close: async () => {
      await bench.close();
      await simulator.close();
    },
  };
});
