import { expect, test } from 'vitest';
import { KeyCounts } from './key-counts.ts';

test('counts what it is told, key by key', () => {
  const counts = new KeyCounts(4);
  expect(counts.isEmpty).toBe(true);
  counts.set('a', 2);
  counts.set('a', 3);
  expect([counts.get('a'), counts.get('b'), counts.isEmpty]).toEqual([3, 0, false]);
});

test('remembers half of the keys at least, and the ones counted last', () => {
  const counts = new KeyCounts(10);
  for (let key = 0; key < 1000; key += 1) {
    counts.set(String(key), 1);
    // Counted all the time, and so never forgotten.
    counts.set('steady', key);
    for (let back = 0; back < 4; back += 1) expect(counts.get(String(Math.max(0, key - back)))).toBe(1);
  }
  expect(counts.get('steady')).toBe(999);
  const left = Array.from({ length: 1000 }, (_, key) => counts.get(String(key))).filter(Boolean);
  expect(left.length).toBeLessThanOrEqual(10);
  expect(counts.get('0')).toBe(0);
});
