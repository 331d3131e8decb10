import { describe, expect, test } from 'vitest';
import { MAX_CONDITIONS, MAX_DEPTH, type Subject } from './filter.ts';
import { readFilter } from './read-filter.ts';

const errorsOf = (value: unknown, subject: Subject = 'bot_users') => {
  const reading = readFilter(value, subject);
  return reading.kind === 'bad' ? reading.errors.map(({ path, message }) => `${path}: ${message}`) : 'ok';
};
const country = { field: 'country', op: 'is', value: 'BR' };
const nest = (depth: number): unknown => (depth === 0 ? country : { all: [nest(depth - 1)] });

describe('a filter', () => {
  test.each([
    ['a condition alone', country],
    ['everybody', { all: [] }],
    ['nobody', { any: [] }],
    ['groups', { all: [country, { any: [{ not: country }] }] }],
    ['groups as deep as they may be', nest(MAX_DEPTH)],
    ['as many conditions as there may be', { all: Array.from({ length: MAX_CONDITIONS }, () => country) }],
    ['a pair', { field: 'fraud_score', op: 'between', value: [10, 10] }],
    ['money', { field: 'purchase_total', op: 'at_least', value: '19.9' }],
    ['days', { field: 'clicked_at', op: 'not_in_last_days', value: 30 }],
    ['a moment', { field: 'clicked_at', op: 'before', value: '2026-11-30T12:00:00-03:00' }],
  ])('may be %s, and comes out as it went in', (_, filter) => {
    expect(readFilter(filter, 'bot_users')).toEqual({ kind: 'ok', filter });
  });

  test('names the fields that there are', () => {
    const [error = ''] = errorsOf({ all: [{ field: 'geo', op: 'is', value: 'BR' }] });
    expect(error).toMatch(
      /^all\.0\.field: "geo" is no field of bot_users; there are: country, state, city, /,
    );
    expect(errorsOf({ field: 'lead_score', op: 'is', value: 1 })).not.toBe('ok');
    expect(errorsOf({ field: 'lead_score', op: 'is', value: 1 }, 'leads')).toBe('ok');
    expect(errorsOf({ field: 'constructor', op: 'is', value: 1 })).not.toBe('ok');
  });

  test('names the operators and choices that there are', () => {
    expect(errorsOf({ field: 'is_bot', op: 'contains', value: 'x' })).toEqual(['op: must be one of: is']);
    expect(errorsOf({ field: 'consent', op: 'is', value: 'yes' })).toEqual([
      'value: must be one of: granted, denied, pending',
    ]);
  });

  test.each<[unknown, string]>([
    [null, ''],
    [[], ''],
    ['country = BR', ''],
    [{}, 'field'],
    [{ all: 'x' }, 'all'],
    [{ all: [country], any: [country] }, 'any'],
    [{ not: [country] }, 'not'],
    [{ all: [country, 7] }, 'all.1'],
    [{ ...country, extra: 1 }, 'extra'],
    [{ field: 'country', op: 'is' }, 'value'],
    [{ field: 'country', op: 'is_set', value: 'x' }, 'value'],
    [{ field: 'country', op: 'is', value: 'br' }, 'value'],
    [{ field: 'country', op: 'is', value: ['BR'] }, 'value'],
    [{ field: 'country', op: 'in', value: [] }, 'value'],
    [{ field: 'country', op: 'in', value: ['BR', 'Brasil'] }, 'value.1'],
    [{ field: 'city', op: 'is', value: '' }, 'value'],
    [{ field: 'city', op: 'is', value: 'x'.repeat(201) }, 'value'],
    [{ field: 'bot_id', op: 'is', value: "x' or true" }, 'value'],
    [{ field: 'is_bot', op: 'is', value: 'true' }, 'value'],
    [{ field: 'bot_score', op: 'is', value: 1.5 }, 'value'],
    [{ field: 'bot_score', op: 'at_least', value: 1e12 }, 'value'],
    [{ field: 'bot_score', op: 'between', value: [5, 1] }, 'value'],
    [{ field: 'bot_score', op: 'between', value: [5] }, 'value'],
    [{ field: 'purchase_total', op: 'at_least', value: 10 }, 'value'],
    [{ field: 'purchase_total', op: 'at_least', value: '10,00' }, 'value'],
    [{ field: 'clicked_at', op: 'on', value: '2026-02-30' }, 'value'],
    [{ field: 'clicked_at', op: 'on', value: '2026-02-20T10:00:00Z' }, 'value'],
    [{ field: 'clicked_at', op: 'before', value: '0001-01-01' }, 'value'],
    [{ field: 'clicked_at', op: 'before', value: '2026-11-30 12:00' }, 'value'],
    [{ field: 'clicked_at', op: 'between', value: ['2026-11-30', '2026-11-01'] }, 'value'],
    [{ field: 'clicked_at', op: 'in_last_days', value: 0 }, 'value'],
    [{ field: 'clicked_at', op: 'in_last_days', value: 1e9 }, 'value'],
  ])('%j is refused at "%s"', (filter, path) => {
    const reading = readFilter(filter, 'bot_users');
    expect(reading).toMatchObject({ kind: 'bad' });
    expect(reading.kind === 'bad' && reading.errors[0]?.path).toBe(path);
  });

  test.each([
    { field: 'utm_content', op: 'is', value: 'maria@empresa.com.br' },
    { field: 'utm_term', op: 'contains', value: 'a maria@empresa.com.br b' },
    { field: 'city', op: 'in', value: ['Campinas', '+55 (11) 91234-5678'] },
  ])('keeps no personal data: %j', (condition) => {
    expect(String(errorsOf(condition))).toContain('holds an e-mail or a phone');
  });

  test.each(['120210000000000123', '10+ dias', '@loja', 'natal_2026'])('takes %s for no person', (value) => {
    expect(errorsOf({ field: 'utm_campaign', op: 'is', value })).toBe('ok');
  });

  test('is bounded in depth and number', () => {
    expect(errorsOf(nest(MAX_DEPTH + 1))).toEqual([expect.stringContaining('5 deep at most')]);
    expect(errorsOf(nest(5_000))).toEqual([expect.stringContaining('5 deep at most')]);
    const half = { all: Array.from({ length: 60 }, () => country) };
    expect(errorsOf({ any: [half, half] })).toEqual([': has more than 100 conditions']);
  });
});
