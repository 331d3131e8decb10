import { expect, test } from 'vitest';
import { readLocalTime } from './local-time.ts';

test.each([
  ['2026-11-23T02:59:00Z', 'America/Sao_Paulo', { day: '2026-11-22', hour: 23, minute: 59, weekday: 0 }],
  ['2026-11-23T03:00:00Z', 'America/Sao_Paulo', { day: '2026-11-23', hour: 0, minute: 0, weekday: 1 }],
  ['2026-11-22T19:30:00Z', 'Pacific/Auckland', { day: '2026-11-23', hour: 8, minute: 30, weekday: 1 }],
  ['2026-01-01T00:00:00Z', 'Asia/Kolkata', { day: '2026-01-01', hour: 5, minute: 30, weekday: 4 }],
])('%s in %s', (at, zone, local) => {
  expect(readLocalTime(new Date(at), zone)).toEqual(local);
});
