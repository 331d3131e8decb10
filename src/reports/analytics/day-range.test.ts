import { describe, expect, it } from 'vitest';
import { findPreviousRange, readDayRange } from './day-range.ts';

const workspace = { timezone: 'America/Sao_Paulo', now: Date.parse('2026-11-22T02:30:00Z') };
const read = (wish: { from?: string; to?: string; timezone?: string }) =>
  readDayRange({ from: wish.from, to: wish.to, timezone: wish.timezone }, workspace);

describe('readDayRange', () => {
  it('takes the last 30 days of the zone if nothing is said: it is still the day before in São Paulo', () => {
    const range = { from: '2026-10-23', to: '2026-11-21', timezone: 'America/Sao_Paulo', isOwnZone: true };
    expect(read({})).toEqual({ kind: 'range', range });
    expect(read({ timezone: 'UTC' })).toMatchObject({
      range: { to: '2026-11-22', timezone: 'UTC', isOwnZone: false },
    });
  });

  it.each([
    [{ from: '2026-11-31', to: '2026-12-01' }, 'from'],
    [{ from: '2026-11-02', to: '2026-11-01' }, 'to'],
    [{ from: 'yesterday' }, 'from'],
    [{ to: '2026-11-01T00:00:00Z' }, 'to'],
    [{ from: '2020-01-01', to: '2026-01-01' }, 'from'],
    [{ timezone: 'Mars/Olympus' }, 'timezone'],
    [{ timezone: '-03:00' }, 'timezone'],
    [{ timezone: 'Asia/Kolkata' }, 'timezone'],
  ])('refuses %j and names the field', (wish, path) => {
    expect(read(wish)).toMatchObject({ kind: 'refused', path });
  });

  it('finds the days before', () => {
    const range = { from: '2026-03-01', to: '2026-03-07', timezone: 'UTC', isOwnZone: true };
    expect(findPreviousRange(range)).toMatchObject({ from: '2026-02-22', to: '2026-02-28', timezone: 'UTC' });
  });
});
