import { describe, expect, test } from 'vitest';
import { type CheckedPayment, nextCheckAt } from './next-check.ts';

const BASE: CheckedPayment = {
  status: 'pending',
  createdAt: 0,
  expiresAt: 1_800_000,
  paidAt: null,
  minCheckMs: 2_000,
};
const HOUR = 3_600_000;

describe('next check', () => {
  test.each<[string, Partial<CheckedPayment>, number, number | null]>([
    ['a new charge in 5 s', {}, 0, 5_000],
    ['as slowly as the gateway wants', { minCheckMs: 60_000 }, 0, 60_000],
    ['slower with age', {}, 600_000, 700_000],
    ['every 2 minutes at most', {}, 1_500_000, 1_620_000],
    ['right after the expiry', {}, 1_790_000, 1_801_000],
    ['an expired one that the gateway does not answer for', {}, 1_800_000, 2_100_000],
    ['never, a day after the expiry', {}, 1_800_000 + 24 * HOUR, null],
    ['an expired charge hourly', { status: 'expired' }, 1_800_000, 1_800_000 + HOUR],
    ['an expired charge never after a day', { status: 'expired' }, 1_800_000 + 23 * HOUR, null],
    ['a paid one after 6 hours', { status: 'paid', paidAt: 0 }, 0, 6 * HOUR],
    ['a paid one of 10 days after 10 more', { status: 'paid', paidAt: 0 }, 240 * HOUR, 480 * HOUR],
    ['a paid one never after a month', { status: 'paid', paidAt: 0 }, 720 * HOUR, null],
    ['a refunded one never', { status: 'refunded' }, 0, null],
    ['a failed one never', { status: 'failed' }, 0, null],
  ])('%s', (_name, change, now, expected) => {
    expect(nextCheckAt({ ...BASE, ...change }, now)).toBe(expected);
  });
});
