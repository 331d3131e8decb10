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
  it('finds the newest text of a key, and of no other key', () => {
    const index = new RecentIndex();
    index.set('a', '1');
    index.set('a', '2');
    index.set('ab', '3');
    expect([index.get('a'), index.get('ab'), index.get('abc')]).toEqual(['2', '3', undefined]);
  });

  it('keeps entries for the time it was told', () => {
    const clock = clockAt(0);
    const index = new RecentIndex({ clock, keepMs: 60_000 });
    index.set('old', '1');
    clock.pass(60_000);
    expect(index.get('old')).toBe('1');
    clock.pass(1);
    expect(index.get('old')).toBeUndefined();
  });

  it('never holds more entries than its limit, and loses the oldest first', () => {
    const index = new RecentIndex({ maxEntries: 1000 });
    for (let key = 0; key < 10_000; key += 1) index.set(`k${key}`, String(key));
    for (let key = 9000; key < 10_000; key += 1) expect(index.get(`k${key}`)).toBe(String(key));
    for (let key = 0; key < 9000; key += 1) expect(index.get(`k${key}`)).toBeUndefined();
  });

  it('gives whole texts or nothing when its room has been written over many times', () => {
    const index = new RecentIndex({ maxEntries: 1000, maxBytes: 10_000 });
    const textOf = (key: number) => `${key} ção 🚀 `.repeat(1 + (key % 37));
    let found = 0;
    for (let key = 0; key < 5000; key += 1) {
      index.set(`k${key}`, textOf(key));
      for (let back = 0; back < 60 && back <= key; back += 1) {
        const text = index.get(`k${key - back}`);
        if (text === undefined) continue;
        found += 1;
        if (text !== textOf(key - back)) throw new Error(`k${key - back} reads ${text}`);
      }
      expect(index.get(`k${key}`)).toBe(textOf(key));
    }
    expect(found).toBeGreaterThan(5000 * 10);
  });

  it('does not keep what has no room', () => {
    const index = new RecentIndex({ maxBytes: 100 });
    index.set('small', 'x'.repeat(20));
    index.set('large', 'x'.repeat(100));
    expect([index.get('small'), index.get('large')]).toEqual(['x'.repeat(20), undefined]);
  });
});
