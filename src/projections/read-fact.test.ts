import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEnricher } from './enrich.ts';
import { readFact } from './read-fact.ts';
import { readRecords } from './read-records.ts';

const ID = '01900000-0000-7000-8000-000000000001';
const CLICK = {
  ...{ kind: 'click', at: 1_790_000_000_000, token: '0123456789abcdef0123456789abcdef' },
  ...{
    workspaceId: ID,
    poolId: ID,
    botId: ID,
    mode: 'bridge',
    url: 'https://x.test/go/a',
    consent: 'granted',
  },
  ...{
    fbp: null,
    fbc: null,
    fbi: null,
    ip: null,
    userAgent: null,
    referrer: null,
    language: null,
    hints: {},
  },
};

test('a field of a later version does not cost the click', () => {
  expect(readFact(JSON.stringify({ ...CLICK, sky: 'blue' }))).toMatchObject({ kind: 'click' });
});

test('what only describes the visitor does not cost the click either', () => {
  const odd = { ...CLICK, ip: 7, userAgent: ['x'], hints: { a: 1, b: 'c' }, referrer: undefined };
  expect(readFact(JSON.stringify(odd))).toMatchObject({
    ip: null,
    userAgent: null,
    referrer: null,
    hints: { b: 'c' },
  });
});

test.each([
  ['no JSON', '{'],
  ['a list', '[]'],
  ['an unknown kind', JSON.stringify({ ...CLICK, kind: 'hologram' })],
  ['a time before all clicks', JSON.stringify({ ...CLICK, at: 0 })],
  ['a time that is no integer', JSON.stringify({ ...CLICK, at: 1.5 })],
  ['a token in capitals', JSON.stringify({ ...CLICK, token: 'ABCDEF0123456789ABCDEF0123456789' })],
  ['a pool without an id', JSON.stringify({ ...CLICK, poolId: null })],
  ['an unknown mode', JSON.stringify({ ...CLICK, mode: 'teleport' })],
  ['cookies of another shape', JSON.stringify({ ...CLICK, kind: 'cookies', fbp: 3 })],
])('%s is refused', (_why, json) => expect(readFact(json)).toBeNull());

test('any JSON at all is either read or refused, never an error', () => {
  const anything = fc.jsonValue();
  const mutated = fc.record(
    Object.fromEntries(Object.keys(CLICK).map((key) => [key, fc.oneof(anything, fc.constant(undefined))])),
  );
  const changed = fc.tuple(mutated, fc.subarray(Object.keys(CLICK))).map(([values, kept]) => {
    const original = Object.fromEntries(Object.entries(CLICK).filter(([key]) => kept.includes(key)));
    return { ...values, ...original };
  });
  fc.assert(
    fc.property(fc.oneof(anything, changed), (value) => {
      const record = { json: JSON.stringify(value), position: { writer: 'main', segment: 1, offset: 0 } };
      const { records, refused } = readRecords([record], createEnricher({ geo: null }));
      expect(records.length + refused.length).toBe(1);
    }),
    { numRuns: 500 },
  );
});
