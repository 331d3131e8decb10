import { expect, test } from 'vitest';
import { buildDeadline, days, findLapse } from './windows.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const ago = (count: number) => new Date(NOW - days(count));
const byEvent = { acceptanceMs: days(7), acceptanceFrom: 'event', lookbackMs: days(28) } as const;
const byClick = { acceptanceMs: days(90), acceptanceFrom: 'click', lookbackMs: days(90) } as const;

test.each([
  ['fresh', { occurredAt: ago(1), clickedAt: ago(10) }, byEvent, null],
  ['of no visit', { occurredAt: ago(1), clickedAt: null }, byEvent, null],
  [
    'too late after the visit',
    { occurredAt: ago(1), clickedAt: ago(40) },
    byEvent,
    /happened 39 days after the visit.*back 28/,
  ],
  ['too old', { occurredAt: ago(8), clickedAt: ago(10) }, byEvent, /takes events of the last 7 days/],
  ['old, but of a young visit', { occurredAt: ago(60), clickedAt: ago(70) }, byClick, null],
  [
    'of an old visit',
    { occurredAt: ago(80), clickedAt: ago(91) },
    byClick,
    /takes visits of the last 90 days/,
  ],
  [
    'old and of no visit',
    { occurredAt: ago(91), clickedAt: null },
    byClick,
    /takes events of the last 90 days/,
  ],
])('%s', (_title, timed, windows, reason) => {
  const lapse = findLapse(timed, windows, NOW);
  if (reason === null) expect(lapse).toBeNull();
  else expect(lapse).toMatch(reason);
});

test('the deadline is counted from where the platform counts', () => {
  const timed = { occurredAt: ago(1), clickedAt: ago(10) };
  expect(buildDeadline(timed, byEvent)).toEqual(ago(-6));
  expect(buildDeadline(timed, byClick)).toEqual(ago(-80));
});
