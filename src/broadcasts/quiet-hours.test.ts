import { describe, expect, it } from 'vitest';
import { buildClockTime, isQuiet, readClockTime } from './quiet-hours.ts';

const ZONE = 'America/Sao_Paulo';

describe('quiet hours', () => {
  it.each([
    ['22:00', '08:00', '2026-03-02T00:59:59Z', false],
    ['22:00', '08:00', '2026-03-02T01:00:00Z', true],
    ['22:00', '08:00', '2026-03-02T03:00:00Z', true],
    ['22:00', '08:00', '2026-03-02T10:59:00Z', true],
    ['22:00', '08:00', '2026-03-02T11:00:00Z', false],
    ['12:00', '13:30', '2026-03-02T15:00:00Z', true],
    ['12:00', '13:30', '2026-03-02T16:30:00Z', false],
    ['00:00', '06:00', '2026-03-02T03:00:00Z', true],
  ])('%s to %s at %s: %s', (from, to, at, expected) => {
    const quiet = { from: readClockTime(from) ?? -1, to: readClockTime(to) ?? -1 };
    expect(isQuiet(quiet, new Date(at), ZONE)).toBe(expected);
  });

  it.each(['24:00', '7', '07:60', '', '7:5', 'x'])('%j is no time of day', (text) => {
    expect(readClockTime(text)).toBeNull();
  });

  it('is written as it is read', () => {
    expect(buildClockTime(readClockTime('7:05') ?? -1)).toBe('07:05');
  });
});
