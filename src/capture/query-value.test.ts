import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildKeptPath } from './kept-url.ts';
import { findCookie, findQueryValue, readQueryValue } from './query-value.ts';

describe('query values', () => {
  test.each([
    ['a=1&b=2', 'b', '2'],
    ['b=2', 'b', '2'],
    ['ab=1&b=', 'b', ''],
    ['ab=1', 'b', null],
    ['b', 'b', null],
    ['b=1&b=2', 'b', '1'],
    ['x=b=1&b=2', 'b', '2'],
    ['', 'b', null],
  ])('%s, %s: %s', (query, name, expected) => {
    expect(findQueryValue(query, name)).toBe(expected);
  });

  test('agrees with the standard parser on plain queries', () => {
    const word = fc.stringMatching(/^[a-c]{1,2}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word)), word, (pairs, name) => {
        const query = pairs.map(([key, value]) => `${key}=${value}`).join('&');
        expect(findQueryValue(query, name)).toBe(new URLSearchParams(query).get(name));
      }),
    );
  });

  test('decoding never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (raw) => typeof readQueryValue(raw) === 'string'));
    expect(readQueryValue('%E3%81')).toBe('\uFFFD');
    expect(readQueryValue('a+b%20c')).toBe('a b c');
  });
});

describe('cookies', () => {
  test.each([
    ['_fbp=fb.1.2.3; _fbc=fb.1.2.x', '_fbc', 'fb.1.2.x'],
    ['x_fbp=1; _fbp=2', '_fbp', '2'],
    ['_fbp=1;_fbc=2', '_fbc', '2'],
    ['_fbp=', '_fbp', null],
    ['_fbp', '_fbp', null],
    [`_fbp=${'9'.repeat(1001)}`, '_fbp', null],
    ['', '_fbp', null],
  ])('%s, %s: %s', (header, name, expected) => {
    expect(findCookie(header, name)).toBe(expected);
  });
});

describe('kept URL', () => {
  test('a short one stays as it is', () => {
    expect(buildKeptPath('/go/a?b=%zz&&c', 8192)).toBe('/go/a?b=%zz&&c');
  });

  test('a long one keeps what attribution needs, wherever it stands', () => {
    const junk = Array.from({ length: 10_000 }, (_, index) => `p${index}=${'x'.repeat(20)}`).join('&');
    const kept = buildKeptPath(`/go/a?${junk}&fbclid=AbC&utm_campaign=c&grim=k&ScCid=s`, 1000);
    expect(kept.length).toBeLessThanOrEqual(1000);
    expect(kept).toMatch(/^\/go\/a\?p0=/);
    const query = new URLSearchParams(kept.slice(kept.indexOf('?')));
    expect([query.get('fbclid'), query.get('utm_campaign'), query.get('grim'), query.get('ScCid')]).toEqual([
      'AbC',
      'c',
      'k',
      's',
    ]);
  });

  test('never longer than allowed', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.string()),
        fc.integer({ min: 1, max: 200 }),
        (base, parts, limit) => {
          expect(buildKeptPath(`${base}?${parts.join('&')}`, limit).length).toBeLessThanOrEqual(limit + 1);
        },
      ),
    );
  });
});
