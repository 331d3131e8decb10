import { expect, it } from 'vitest';
import { hasPassed } from './elapsed.ts';

it.each([
  { what: 'not yet', since: 1_000, now: 1_999, passed: false },
  { what: 'just now', since: 1_000, now: 2_000, passed: true },
  { what: 'at the same moment', since: 1_000, now: 1_000, passed: false },
  { what: 'after the clock was set back', since: 1_000, now: 999, passed: true },
  { what: 'before anything was done', since: Number.NEGATIVE_INFINITY, now: 0, passed: true },
])('$what: $passed', ({ since, now, passed }) => {
  expect(hasPassed(1_000, { since, now })).toBe(passed);
});
