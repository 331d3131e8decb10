import fc from 'fast-check';

/** Markup that must never stand in a page as it was given. */
export const PLANTED_MARKUP = /<rastro-xss|" onmouseover=rastroXss|'-rastroXss\(\)/;

/** What must never stand in the server's log: every secret and every person of these tests holds one of them. */
export const PLANTED_SECRETS = ['PLANTED-SECRET', 'planted.person', '11987650123', '203.0.113.77'] as const;

/** Texts that have broken programs before. */
export const ODD_TEXTS: readonly string[] = [
  '',
  ' ',
  "\"><rastro-xss a='b'>",
  '</script><rastro-xss>',
  '</textarea></title><rastro-xss x=',
  '" onmouseover=rastroXss()',
  "'-rastroXss()-'",
  '{{first_name|<rastro-xss>}}',
  "'; drop table leads;--",
  '$1 %s %n {{7*7}} <%= 7 %>',
  '\\',
  '\0',
  'a\0b',
  '\ud800',
  'x\udfffy',
  '👨‍👩‍👧‍👦🏴‍☠️',
  '\u202eabc\u2066\u2069',
  '\u2028\u2029\ufeff',
  'a\r\nset-cookie: planted=1',
  'İıſKß',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'null',
  'NaN',
  'Infinity',
  '-0',
  '-1',
  '0',
  '1e308',
  '1e400',
  '0x10',
  '9'.repeat(30),
  '-9223372036854775809',
  '١٢٣',
  '0.1',
  '92233720368547758.07',
  '2026-02-30',
  '0000-00-00',
  '0000-01-01',
  '0001-01-01T00:00:00Z',
  '99999-01-01',
  '9999-12-31T23:59:59.999Z',
  '+275760-09-13T00:00:00.000Z',
  '-271821-04-20T00:00:00.000Z',
  '-000001-01-01T00:00:00Z',
  '2026-01-01T25:61:61Z',
  '2026-11-22T10:00:00+25:00',
  '2026-11-22T10:00:00.123456789+14:00',
  '../../etc/passwd',
  'http://169.254.169.254/latest',
  'http://[::1',
  'javascript:rastroXss()',
  'data:text/html,<rastro-xss>',
  'https://user:PLANTED-SECRET@example.com/',
  'https://example.com:99999/',
  'https://xn--/',
  'planted.person@example.com',
  '+55 11987650123',
  'a@b',
  'ﷺ'.repeat(100),
  'e\u0301'.repeat(200),
  'a'.repeat(121),
  'a'.repeat(5_000),
  'é'.repeat(20_000),
];

/** Numbers at the ends of what JSON, JavaScript and PostgreSQL hold. */
export const ODD_NUMBERS: readonly number[] = [
  0,
  -0,
  -1,
  1,
  0.1,
  1e-320,
  1e308,
  -1e308,
  1e21,
  2 ** 15,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  2 ** 64,
  999_999_999_999.99,
];

const nest = (depth: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

/** Any JSON value, of the wrong kind as often as not. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...ODD_TEXTS),
  fc.constantFrom(...ODD_NUMBERS),
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { length: -1 }, nest(40), nest(3)),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constant(Object.fromEntries([['constructor', { prototype: { planted: 1 } }]])),
);

/** A text, odd more often than not. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
);

/** A query as it may come, `?` left out: names that are there, and names that are not. */
export function oddQuery(names: readonly string[]): fc.Arbitrary<string> {
  const name = fc.constantFrom(...names, 'limit', 'unknown', '__proto__', 'a[b]', '%00');
  const value = fc.oneof(
    oddText.map((text) => encodeURIComponent(text.toWellFormed().slice(0, 3000))),
    fc.constantFrom(
      '0',
      '-1',
      '1e9',
      '1',
      '200',
      '1.5',
      '%',
      '%zz',
      '%ff%fe',
      '%00',
      '%ed%a0%80',
      'true',
      '+',
    ),
    fc.constantFrom(...BAD_CURSORS),
  );
  return fc
    .array(fc.tuple(name, value), { minLength: 1, maxLength: 3 })
    .map((pairs) => pairs.map(([key, text]) => `${key}=${text}`).join('&'));
}

const cursor = (text: string): string => Buffer.from(text, 'latin1').toString('base64url');

/** Cursors of no list, of another list, and of moments that never were. */
const BAD_CURSORS: readonly string[] = [
  cursor(''),
  cursor('\0'),
  cursor('01900000-0000-7000-8000-000000000000'),
  cursor('9999-99-99 99:99:99+00|01900000-0000-7000-8000-000000000000'),
  cursor('0000-00-00 00:00:00+99:99|01900000-0000-7000-8000-000000000000'),
  cursor('2026-01-01 00:00:00.000000+00|01900000-0000-7000-8000-000000000000'),
  cursor('9223372036854775808'),
  cursor('{"__proto__":1}'),
  '!!!!',
];
