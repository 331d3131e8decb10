import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PaymentStatus, stepPayment } from './payment-status.ts';

const ALL: readonly PaymentStatus[] = ['pending', 'paid', 'expired', 'refunded', 'failed'];
const ALLOWED = new Set([
  'pending>paid',
  'pending>expired',
  'pending>failed',
  'pending>refunded',
  'expired>paid',
  'expired>refunded',
  'paid>refunded',
]);

const fold = (start: PaymentStatus, told: readonly PaymentStatus[]): PaymentStatus =>
  told.reduce((status, next) => {
    const step = stepPayment(status, next);
    return step.kind === 'moved' ? step.to : status;
  }, start);

describe('payment status', () => {
  for (const from of ALL) {
    for (const to of ALL) {
      test(`${from} told ${to}`, () => {
        expect(stepPayment(from, to).kind === 'moved').toBe(ALLOWED.has(`${from}>${to}`));
      });
    }
  }

  test('late money is taken and marked', () => {
    expect(stepPayment('expired', 'paid')).toEqual({ kind: 'moved', to: 'paid', isLate: true });
    expect(stepPayment('pending', 'paid')).toEqual({ kind: 'moved', to: 'paid', isLate: false });
  });

  test('money on a charge that was shown to nobody is loud', () => {
    expect(stepPayment('failed', 'paid').kind).toBe('impossible');
    expect(stepPayment('failed', 'expired').kind).toBe('unchanged');
  });

  test('in any order of facts: never backward, at most three moves, repetitions change nothing', () => {
    const facts = fc.array(fc.constantFrom(...ALL), { maxLength: 30 });
    const rank = { pending: 0, expired: 1, failed: 1, paid: 2, refunded: 3 };
    fc.assert(
      fc.property(facts, (told) => {
        let status: PaymentStatus = 'pending';
        let moves = 0;
        for (const next of told) {
          const after = fold(status, [next]);
          expect(rank[after]).toBeGreaterThanOrEqual(rank[status]);
          expect(fold(after, [next])).toBe(after);
          if (after !== status) moves += 1;
          status = after;
        }
        expect(moves).toBeLessThanOrEqual(3);
        expect(fold(status, told)).toBe(fold(status, [...told, ...told]));
      }),
    );
  });

  test('once paid was told of a shown charge, the end is paid or refunded, whatever the order', () => {
    const others = fc.array(fc.constantFrom<PaymentStatus>('pending', 'paid', 'expired', 'refunded'));
    fc.assert(
      fc.property(others, others, (before, after) => {
        const told: PaymentStatus[] = [...before, 'paid', ...after];
        expect(fold('pending', told)).toBe(told.includes('refunded') ? 'refunded' : 'paid');
      }),
    );
  });
});
