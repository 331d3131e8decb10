import { describe, expect, it } from 'vitest';
import { RecentIndex } from './recent-index.ts';

function clockAt(start: number) {
  let now = start;
  return {
    now: () => now,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('RecentIndex', () => {
  it('finds the newest value of a key, across buckets', () => {
    const clock = clockAt(0);
    const index = new RecentIndex<number>({ clock });
    index.set('a', 1);
    clock.pass(45_000);
    index.set('a', 2);
    index.set('b', 3);
    expect([index.get('a'), index.get('b'), index.get('c')]).toEqual([2, 3, undefined]);
  });

  it('keeps entries for the time it was told and drops whole buckets after it', () => {
    const clock = clockAt(0);
    const index = new RecentIndex<number>({ clock, keepMs: 60_000 });
    index.set('old', 1);
    clock.pass(60_000);
    expect(index.get('old')).toBe(1);
    clock.pass(31_000);
    expect(index.get('old')).toBeUndefined();
    index.set('new', 2);
    expect(index.size).toBe(1);
  });

  it('never holds more than its limit, and loses the oldest first', () => {
    const index = new RecentIndex<number>({ maxEntries: 1000, clock: clockAt(0) });
    for (let key = 0; key < 10_000; key += 1) {
      index.set(`k${key}`, key);
      if (index.size > 1000) throw new Error(`holds ${index.size}`);
    }
    expect(index.size).toBeGreaterThan(700);
    expect(index.get('k9999')).toBe(9999);
    expect(index.get('k9300')).toBe(9300);
    expect(index.get('k8000')).toBeUndefined();
  });
});
