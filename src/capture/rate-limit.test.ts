import { describe, expect, test } from 'vitest';
import { RateLimit } from './rate-limit.ts';

const HOUR = 3_600_000;
const START = 100 * HOUR;

const allowedOf = (limit: RateLimit, key: string, visits: { limit: number; at: number; times: number }) =>
  Array.from({ length: visits.times }, () => limit.take(key, visits)).filter((v) => v.kind === 'allowed')
    .length;

describe('rate limit', () => {
  test('lets through exactly the limit, by key', () => {
    const limit = new RateLimit({ windowMs: HOUR });
    expect(allowedOf(limit, 'a', { limit: 5, at: START, times: 9 })).toBe(5);
    expect(allowedOf(limit, 'b', { limit: 5, at: START, times: 5 })).toBe(5);
  });

  test('0 is no limit and remembers nothing', () => {
    const limit = new RateLimit({ windowMs: HOUR });
    expect(allowedOf(limit, 'a', { limit: 0, at: START, times: 100 })).toBe(100);
    expect(allowedOf(limit, 'a', { limit: 1, at: START, times: 2 })).toBe(1);
  });

  test('slides: half an hour into the next hour, half of the last hour still counts', () => {
    const limit = new RateLimit({ windowMs: HOUR });
    expect(allowedOf(limit, 'a', { limit: 10, at: START + HOUR - 1, times: 10 })).toBe(10);
    expect(allowedOf(limit, 'a', { limit: 10, at: START + HOUR, times: 10 })).toBe(0);
    expect(allowedOf(limit, 'a', { limit: 10, at: START + 1.5 * HOUR, times: 10 })).toBe(5);
    expect(allowedOf(limit, 'a', { limit: 10, at: START + 3 * HOUR, times: 20 })).toBe(10);
  });

  test('a clock that was ahead and is set right again leaves nobody shut out', () => {
    const limit = new RateLimit({ windowMs: HOUR });
    expect(allowedOf(limit, 'a', { limit: 5, at: START + 1000 * HOUR, times: 9 })).toBe(5);
    expect(allowedOf(limit, 'a', { limit: 5, at: START, times: 9 })).toBe(5);
    expect(allowedOf(limit, 'a', { limit: 5, at: START + 2 * HOUR, times: 9 })).toBe(5);
  });

  test.each([
    [START, 3600],
    [START + HOUR / 2, 1800],
    [START + HOUR - 1, 1],
  ])('a full window at %d says to wait %d s', (at, seconds) => {
    const limit = new RateLimit({ windowMs: HOUR });
    limit.take('a', { limit: 1, at });
    expect(limit.take('a', { limit: 1, at })).toEqual({ kind: 'refused', retryAfterSeconds: seconds });
  });

  test('who waits as long as told gets through', () => {
    const limit = new RateLimit({ windowMs: HOUR });
    for (let visit = 0; visit < 10; visit += 1) limit.take('a', { limit: 10, at: START });
    const at = START + HOUR;
    const refused = limit.take('a', { limit: 10, at });
    expect(refused.kind).toBe('refused');
    const wait = refused.kind === 'refused' ? refused.retryAfterSeconds : 0;
    expect(limit.take('a', { limit: 10, at: at + wait * 1000 })).toEqual({ kind: 'allowed' });
  });

  test('memory is bounded: the oldest key is forgotten', () => {
    const limit = new RateLimit({ windowMs: HOUR, maxKeys: 2 });
    for (const key of ['a', 'b', 'c']) limit.take(key, { limit: 1, at: START });
    expect(limit.take('c', { limit: 1, at: START }).kind).toBe('refused');
    expect(limit.take('a', { limit: 1, at: START }).kind).toBe('allowed');
  });
});
