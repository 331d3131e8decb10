import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildClick } from './click.ts';
import type { ClickFact } from './facts.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const AT = 1_790_000_000_000;

function fact(changes: Partial<ClickFact>): ClickFact {
  return {
    kind: 'click',
    at: AT,
    token: TOKEN,
    workspaceId: '01900000-0000-7000-8000-000000000001',
    poolId: '01900000-0000-7000-8000-000000000002',
    botId: '01900000-0000-7000-8000-000000000003',
    mode: 'bridge',
    url: 'https://go.example.com/go/shop',
    fbp: null,
    fbc: null,
    fbi: null,
    ip: null,
    userAgent: null,
    referrer: null,
    language: null,
    hints: {},
    consent: 'granted',
    ...changes,
  };
}

const click = (query: string, changes: Partial<ClickFact> = {}) =>
  buildClick(fact({ url: `https://go.example.com/go/shop?${query}`, ...changes }));

describe('click ids', () => {
  test('all have their field; names in any case, values untouched', () => {
    const built = click(
      'FBCLID=AbC_d-1&gClid=G1&gbraid=B&wbraid=W&ttclid=T&li_fat_id=L&msclkid=M&click_id=K',
    );
    expect(built).toMatchObject({
      fbclid: 'AbC_d-1',
      gclid: 'G1',
      gbraid: 'B',
      wbraid: 'W',
      ttclid: 'T',
      liFatId: 'L',
      msclkid: 'M',
      kwaiClickId: 'K',
      urlParams: {},
    });
  });

  test.each(['{gclid}', '__CLICKID__', '{{click.id}}', '%%CLICK%%', '', 'x'.repeat(501)])(
    'a leftover of an ad template is none: %s',
    (value) => expect(click(`gclid=${encodeURIComponent(value)}`).gclid).toBeNull(),
  );

  test('the first usable value wins', () => {
    expect(click('gclid={gclid}&gclid=G1&gclid=G2').gclid).toBe('G1');
  });

  test('those of other networks stay among the parameters, unless they are unfilled', () => {
    expect(click('ScCid=S1&epik={epik}&twclid=X1').urlParams).toEqual({ ScCid: 'S1', twclid: 'X1' });
  });
});

describe('fbc', () => {
  test('is minted at click time from the fbclid', () => {
    expect(click('fbclid=AbC')).toMatchObject({ fbc: `fb.1.${AT}.AbC`, fbcOrigin: 'generated' });
  });

  test('the cookie goes before it, with its fifth segment', () => {
    const fbc = 'fb.1.1700000000000.Old.AQQCAQAA';
    expect(click('fbclid=AbC', { fbc })).toMatchObject({ fbc, fbcOrigin: 'cookie' });
  });

  test('a malformed cookie counts as absent', () => {
    const built = click('fbclid=AbC', { fbc: 'fb.1.123.abc.invalid', fbp: 'fb.1.123.' });
    expect(built).toMatchObject({
      fbc: `fb.1.${AT}.AbC`,
      fbcOrigin: 'generated',
      fbp: null,
      fbpOrigin: null,
    });
  });

  test('there is none without an fbclid, nor with one over 500 characters', () => {
    expect(click('utm_source=fb')).toMatchObject({ fbc: null, fbcOrigin: null });
    expect(click(`fbclid=${'a'.repeat(501)}`)).toMatchObject({ fbclid: null, fbc: null });
  });
});

describe('the rest of the URL', () => {
  test('UTMs, src, sck and grim have fields, everything else is kept by name', () => {
    const built = click('utm_source=fb&UTM_Medium=cpc&utm_id=7&src=s&sck=k&grim=g&ad=1&ad=2&utm_x=y');
    expect(built).toMatchObject({
      utmSource: 'fb',
      utmMedium: 'cpc',
      utmId: '7',
      src: 's',
      sck: 'k',
      grim: 'g',
    });
    expect(built.urlParams).toEqual({ ad: '1', utm_x: 'y' });
  });

  test('at most 50 names and 1,000 characters a value', () => {
    const query = Array.from({ length: 60 }, (_, i) => `k${i}=${'v'.repeat(1100)}`).join('&');
    const entries = Object.entries(click(query).urlParams);
    expect(entries).toHaveLength(50);
    expect(entries.every(([, value]) => value.length === 1000)).toBe(true);
  });

  test('the link key does not travel on: it opens the gate for whoever knows it', () => {
    const built = click('utm_source=fb&grim=secret&%67rim=secret&GRIM=secret&fbclid=A%2Bb#grim=secret');
    expect(built.eventSourceUrl).toBe('https://go.example.com/go/shop?utm_source=fb&fbclid=A%2Bb');
    expect(built.grim).toBe('secret');
  });

  test('a name that JavaScript knows is only a name', () => {
    expect(Object.entries(click('__proto__=1&constructor=2').urlParams)).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });

  test('a campaign of 1,000 three-byte letters still fits its index', () => {
    const built = click(`utm_campaign=${'漢'.repeat(1000)}`);
    expect(Buffer.byteLength(built.utmCampaign ?? '')).toBeLessThanOrEqual(2600);
  });
});

test('addresses are written one way only', () => {
  expect(click('', { ip: '::ffff:189.1.2.3' }).clientIp).toBe('189.1.2.3');
  expect(click('', { ip: '2804:0DB8:0:0::1' }).clientIp).toBe('2804:db8::1');
  expect(click('', { ip: 'unknown' }).clientIp).toBeNull();
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 3000 }),
  fc.string({ unit: fc.constantFrom('\0', '\ud800', '\udc00', '%', '&', '=', '?', '+', 'a') }),
);

test('whatever the request said, the click is built and PostgreSQL can store it', () => {
  const anyFact = fc.record({
    url: anyText,
    at: fc.double(),
    fbp: fc.option(anyText),
    fbc: fc.option(anyText),
    fbi: fc.option(anyText),
    ip: fc.option(fc.oneof(anyText, fc.ipV4(), fc.ipV6())),
    userAgent: fc.option(anyText),
    referrer: fc.option(anyText),
    language: fc.option(anyText),
    hints: fc.dictionary(anyText, anyText),
  });
  fc.assert(
    fc.property(anyFact, (changes) => {
      for (const text of textsOf(buildClick(fact(changes)))) {
        expect(text.includes('\0')).toBe(false);
        expect(text.isWellFormed()).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || value instanceof Date) return [];
  return Object.entries(value).flatMap(([name, part]) => [name, ...textsOf(part)]);
}
