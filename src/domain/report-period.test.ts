import { expect, test } from 'vitest';
import { findReportPeriod } from './report-period.ts';

const SAO_PAULO = 'America/Sao_Paulo';

test.each([
  // Sunday night in São Paulo is Monday already in UTC: the week is not over.
  ['week', 8, SAO_PAULO, '2026-11-23T02:59:00Z', '2026-11-09', '2026-11-15'],
  // Over, but not eight o'clock yet.
  ['week', 8, SAO_PAULO, '2026-11-23T10:59:00Z', '2026-11-09', '2026-11-15'],
  ['week', 8, SAO_PAULO, '2026-11-23T11:00:00Z', '2026-11-16', '2026-11-22'],
  ['week', 0, SAO_PAULO, '2026-11-23T03:00:00Z', '2026-11-16', '2026-11-22'],
  ['week', 8, SAO_PAULO, '2026-11-29T23:00:00Z', '2026-11-16', '2026-11-22'],
  ['week', 8, 'UTC', '2027-01-01T12:00:00Z', '2026-12-21', '2026-12-27'],
  ['month', 8, SAO_PAULO, '2026-12-01T02:00:00Z', '2026-10-01', '2026-10-31'],
  ['month', 8, SAO_PAULO, '2026-12-01T10:59:00Z', '2026-10-01', '2026-10-31'],
  ['month', 8, SAO_PAULO, '2026-12-01T11:00:00Z', '2026-11-01', '2026-11-30'],
  ['month', 8, 'UTC', '2028-03-15T12:00:00Z', '2028-02-01', '2028-02-29'],
  ['month', 8, 'UTC', '2027-01-31T12:00:00Z', '2026-12-01', '2026-12-31'],
  // Far to the east the day is ahead.
  ['week', 8, 'Pacific/Auckland', '2026-11-22T19:30:00Z', '2026-11-16', '2026-11-22'],
] as const)('%s at %i in %s, asked at %s: %s to %s', (...[every, hour, timezone, at, from, to]) => {
  expect(findReportPeriod({ every, hour, timezone, now: Date.parse(at) })).toEqual({ from, to });
});
