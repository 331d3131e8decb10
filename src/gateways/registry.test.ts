import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findGateway, gateways } from './registry.ts';

const NOT_GATEWAYS = ['answers.ts', 'gateway.ts', 'registry.ts'];

describe('gateway registry', () => {
  test('each file here is a gateway and each is registered', () => {
    const files = readdirSync(import.meta.dirname)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !NOT_GATEWAYS.includes(file))
      .map((file) => file.slice(0, -3));
    expect(gateways.map((gateway) => gateway.id).sort()).toEqual(files.sort());
  });

  test('an unknown id is no gateway', () => {
    expect(findGateway('toString')).toBeUndefined();
  });

  test('credentials with an unknown or a missing field are refused by name, without a value', () => {
    const opening = findGateway('pushinpay')?.open({
      credentials: { token: 'sk-very-secret' },
      baseUrl: 'https://x.example',
      webhookKey: 'k',
    });
    expect(opening).toEqual({ kind: 'invalid', reason: 'PushinPay: check webhook_token' });
    expect(findGateway('sandbox')?.credentials.safeParse({ token: 'x' }).success).toBe(false);
  });
});
