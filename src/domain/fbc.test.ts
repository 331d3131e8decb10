import { describe, expect, test } from 'vitest';
import { buildFbc, isBetterFbc, readFbc, readFbp } from './fbc.ts';
import vectors from './fbc-vectors.json' with { type: 'json' };

describe('cookies as Meta writes them', () => {
  test.each(vectors.fbc)('$id: _fbc $value', ({ value, read }) => expect(readFbc(value)).toEqual(read));
  test.each(vectors.fbp)('$id: _fbp $value', ({ value, read }) => expect(readFbp(value)).toEqual(read));
});

test.each<[unknown, string]>([
  ['', 'nothing'],
  ['fb.1.123', 'too few segments'],
  ['fb.1.123.abc.BA.BA', 'too many segments'],
  ['fb.1.12a.abc', 'a time that is no number'],
  ['fb.x.123.abc', 'an index that is no number'],
  ['FB.1.123.abc', 'another prefix'],
  ['fb.1.123.a b', 'a space'],
  ['fb.1.123.a;b', 'a cookie separator'],
  ['fb.1.123.abç', 'a letter that no click id has'],
  [`fb.1.123.${'a'.repeat(501)}`, 'over 500 characters'],
  ['fb.1.12345678901234567.abc', 'a time beyond all times'],
  [null, 'no string'],
  [17, 'a number'],
])('%j is no _fbc: %s', (value) => expect(readFbc(value)).toBeNull());

test('a payload keeps its case and its encoding', () => {
  expect(readFbc('fb.1.1700000000000.IwAR0_aBc-%2BxYz')?.payload).toBe('IwAR0_aBc-%2BxYz');
  expect(buildFbc({ fbclid: 'IwAR0_aBc-%2BxYz', at: 1700000000000 })).toBe(
    'fb.1.1700000000000.IwAR0_aBc-%2BxYz',
  );
});

describe('a posted _fbc', () => {
  const posted = 'fb.1.1700000009999.AD1.AQQCAQAA';
  const own = 'fb.1.1700000000000.AD1';
  const other = 'fb.1.1600000000000.AD0';
  test.each([
    { why: 'fills an empty place', current: null, origin: null, url: null, posted, better: true },
    {
      why: 'of another ad than the URL fills none',
      current: null,
      origin: null,
      url: 'AD2',
      posted,
      better: false,
    },
    {
      why: 'of the same ad replaces ours',
      current: own,
      origin: 'generated',
      url: 'AD1',
      posted,
      better: true,
    },
    {
      why: 'of another ad keeps ours',
      current: own,
      origin: 'generated',
      url: 'AD1',
      posted: other,
      better: false,
    },
    {
      why: 'that is malformed keeps ours',
      current: own,
      origin: 'generated',
      url: 'AD1',
      posted: 'fb.1.x.AD1',
      better: false,
    },
    {
      why: 'never replaces a cookie of the same ad',
      current: own,
      origin: 'cookie',
      url: 'AD1',
      posted,
      better: false,
    },
    {
      why: 'never replaces a cookie of an unknown ad',
      current: other,
      origin: 'cookie',
      url: null,
      posted,
      better: false,
    },
    {
      why: 'of the URL replaces an older ad’s cookie',
      current: other,
      origin: 'cookie',
      url: 'AD1',
      posted,
      better: true,
    },
    {
      why: 'told again changes nothing',
      current: posted,
      origin: 'cookie',
      url: 'AD1',
      posted,
      better: false,
    },
    {
      why: 'that is absent changes nothing',
      current: own,
      origin: 'generated',
      url: 'AD1',
      posted: null,
      better: false,
    },
  ] as const)('$why', ({ current, origin, url, posted: value, better }) => {
    expect(isBetterFbc({ current, currentOrigin: origin, posted: value, urlFbclid: url })).toBe(better);
  });
});
