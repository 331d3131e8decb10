import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChargeOrder } from '../../src/gateways/gateway.ts';
import { findGateway } from '../../src/gateways/registry.ts';

/** Whatever comes over the wire, an adapter answers with a value and never believes rubbish. */
export function describeReading(id: string): void {
  const gateway = findGateway(id);
  if (!gateway) throw new Error(`no gateway ${id}`);
  const order: ChargeOrder = {
    paymentId: 'p',
    amount: { cents: 1990, currency: 'BRL' },
    description: 'x',
    webhookUrl: 'https://x.example/',
    expiresInSeconds: 60,
  };
  const RUBBISH = [
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '<html>502</html>',
    '{"id":',
    '{"error":"no"}',
    '{"id":5}',
    '{"id":"../x"}',
  ];

  test.each(RUBBISH)('an answer 200 of %j is no charge and no status', (body) => {
    const response = { status: 200, headers: {}, body };
    expect(gateway.readCharge(response, order).kind).not.toBe('created');
    expect(gateway.readStatus(response, 'c').kind).not.toBe('found');
  });

  test('an answer about another charge is not believed', () => {
    const body = JSON.stringify({ id: 'other', status: 'paid', value: 1990 });
    expect(gateway.readStatus({ status: 200, headers: {}, body }, 'c').kind).toBe('retry');
  });

  test.each([
    [401, 'unauthorized', 'unauthorized'],
    [404, 'refused', 'missing'],
    [500, 'unknown', 'retry'],
  ])('HTTP %i is %s for a charge and %s for a status', (status, forCharge, forStatus) => {
    const response = { status, headers: {}, body: '{"message":"no","error":"no"}' };
    expect(gateway.readCharge(response, order).kind).toBe(forCharge);
    expect(gateway.readStatus(response, 'c').kind).toBe(forStatus);
  });

  test('no bytes make it throw', () => {
    const opening = gateway.open({
      credentials: { token: 't', webhook_token: 'w' },
      baseUrl: 'https://x.example',
      webhookKey: 'k',
    });
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.json());
    fc.assert(
      fc.property(anything, fc.integer({ min: 100, max: 599 }), (body, status) => {
        const response = { status, headers: {}, body };
        gateway.readCharge(response, order);
        gateway.readStatus(response, 'c');
        const delivery = {
          rawBody: Buffer.from(body),
          headers: { 'x-sandbox-signature': body },
          query: {},
          receivedAt: 0,
        };
        gateway.readWebhook(delivery);
        if (opening.kind === 'open') expect(opening.client.verifyWebhook(delivery).kind).toBe('refused');
      }),
    );
  });
}
