import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readWrittenTime } from './written-time.ts';

const ZONE = 'America/Sao_Paulo';

describe('readWrittenTime', () => {
  test.each([
    ['31/12/2026', '2026-12-31T15:00:00.000Z', true],
    ['1/2/26', '2026-02-01T15:00:00.000Z', true],
    ['31/12/2026 23:59', '2027-01-01T02:59:00.000Z', false],
    ['31/12/2026 às 14h30', '2026-12-31T17:30:00.000Z', false],
    ['31-12-2026 14:30:15', '2026-12-31T17:30:15.000Z', false],
    ['31.12.2026, 14:30', '2026-12-31T17:30:00.000Z', false],
    ['2026-12-31', '2026-12-31T15:00:00.000Z', true],
    ['2026-12-31 14:30:15.123', '2026-12-31T17:30:15.000Z', false],
    ['2026-12-31T14:30:15Z', '2026-12-31T14:30:15.000Z', false],
    ['2026-12-31T14:30:15+05:30', '2026-12-31T09:00:15.000Z', false],
    ['2026-12-31T14:30:15-0300', '2026-12-31T17:30:15.000Z', false],
    // Summer time of 2018: clocks of São Paulo went from 00:00 to 01:00.
    ['04/11/2018 00:30', '2018-11-04T03:30:00.000Z', false],
    ['10/01/2019 12:00', '2019-01-10T14:00:00.000Z', false],
  ])('%s is %s', (text, iso, isDayOnly) => {
    expect(readWrittenTime(text, ZONE)).toEqual({ at: new Date(iso), isDayOnly });
  });

  test.each([
    '',
    '31/02/2026',
    '12/31/2026',
    '29/02/2027',
    '2026-13-01',
    '31/12/2026 24:00',
    '10/10/2026 10:60',
    'ontem',
    '45321',
    '2026-12-31Z',
  ])('"%s" is none', (text) => {
    expect(readWrittenTime(text, ZONE)).toBeNull();
  });

  test('reads what pt-BR writes, in any zone', () => {
    const moments = fc.date({
      min: new Date('2001-01-01'),
      max: new Date('2099-01-01'),
      noInvalidDate: true,
    });
    const zones = fc.constantFrom(
      ZONE,
      'UTC',
      'Asia/Kolkata',
      'Pacific/Auckland',
      'America/New_York',
      'Africa/Monrovia',
    );
    fc.assert(
      fc.property(moments, zones, (moment, timeZone) => {
        const text = moment.toLocaleString('pt-BR', { timeZone });
        const read = readWrittenTime(text, timeZone);
        // An hour that the clocks show twice may be read as either: what they show is compared.
        expect(read?.at.toLocaleString('pt-BR', { timeZone })).toBe(text);
      }),
    );
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d/: T.Z+-]{0,25}$/)), (text) => {
        const read = readWrittenTime(text, ZONE);
        expect(read === null || !Number.isNaN(read.at.getTime())).toBe(true);
      }),
    );
  });
});
