import { expect, test } from 'vitest';
import { findVersionExpiry } from './version.ts';

test.each([
  ['202511', '2026-11-16'],
  ['202512', '2026-12-16'],
  [null, '2027-03-16'],
])('version %s ends on %s', (version, day) => {
  expect(findVersionExpiry(version).at.toISOString().slice(0, 10)).toBe(day);
});
