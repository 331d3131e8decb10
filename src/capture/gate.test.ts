import { describe, expect, test } from 'vitest';
import { measureCpuMs } from '../../test/support/cpu-time.ts';
import { findDeclaredReason } from '../io/user-agent/declared-bot.ts';
import type { Gate } from '../settings/types.ts';
import { isKnownCrawler } from './crawlers.ts';
import { checkGate, type GateGeo, type GateVisit } from './gate.ts';

const CHROME =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36';
const FACEBOOK =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/23A341 [FBAN/FBIOS;FBAV/530.0.0.40.77;FBBV/1;FBDV/iPhone14,5;FBMD/iPhone]';
const INSTAGRAM =
  'Mozilla/5.0 (Linux; Android 15; Pixel 8 Build/BP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.0.0 Mobile Safari/537.36 Instagram 400.0.0.1 Android (35/15; 420dpi; 1080x2205; Google/google; Pixel 8; shiba; shiba; pt_BR; 1)';
const EXTERNAL_HIT = 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)';

const gate = (changes: Partial<Gate> = {}): Gate => ({
  linkKey: null,
  allowedCountries: [],
  blockBots: false,
  blockDatacenters: false,
  ...changes,
});
const visit = (changes: Partial<GateVisit> = {}): GateVisit => ({
  query: '',
  userAgent: CHROME,
  ip: '203.0.113.7',
  isCrawler: false,
  ...changes,
});

const NO_GEO: GateGeo = { country: null, isDatacenter: null };
const ABROAD: GateGeo = { country: () => 'US', isDatacenter: () => true };

describe('gate', () => {
  test.each([
    ['grim=s3cret', null],
    ['utm_source=x&grim=s3cret&z=1', null],
    ['grim=s3cre', 'gate_link_key'],
    ['grim=s3cret0', 'gate_link_key'],
    ['grim=', 'gate_link_key'],
    ['xgrim=s3cret', 'gate_link_key'],
    ['', 'gate_link_key'],
    ['grim=%', 'gate_link_key'],
    ['grim=wrong&grim=s3cret', 'gate_link_key'],
  ])('link key in "%s": %s', (query, expected) => {
    expect(checkGate(gate({ linkKey: 's3cret' }), visit({ query }), NO_GEO)).toBe(expected);
  });

  test('a key with signs is compared decoded', () => {
    const key = 'a b&c=á';
    const query = `grim=${encodeURIComponent(key)}`;
    expect(checkGate(gate({ linkKey: key }), visit({ query }), NO_GEO)).toBeNull();
  });

  test('tools are refused only where the gate says so', () => {
    const curl = visit({ userAgent: 'curl/8.14.1' });
    expect(checkGate(gate(), curl, NO_GEO)).toBeNull();
    expect(checkGate(gate({ blockBots: true }), curl, NO_GEO)).toBe('gate_tool');
    expect(checkGate(gate({ blockBots: true }), visit(), NO_GEO)).toBeNull();
  });

  test.each([
    ['BR', 'BR', null],
    ['BR', 'US', 'gate_country'],
    ['BR', null, null],
  ])('allowed %s, visitor %s: %s', (allowed, country, expected) => {
    expect(
      checkGate(gate({ allowedCountries: [allowed] }), visit(), { ...NO_GEO, country: () => country }),
    ).toBe(expected);
  });

  test('without geo data the country rule refuses nobody', () => {
    expect(checkGate(gate({ allowedCountries: ['BR'] }), visit(), NO_GEO)).toBeNull();
  });

  test('servers are refused only where the gate says so, and only where they are known', () => {
    const rented = { ...NO_GEO, isDatacenter: () => true };
    expect(checkGate(gate({ blockDatacenters: true }), visit(), rented)).toBe('gate_datacenter');
    expect(checkGate(gate(), visit(), rented)).toBeNull();
    expect(checkGate(gate({ blockDatacenters: true }), visit(), NO_GEO)).toBeNull();
    expect(checkGate(gate({ blockDatacenters: true }), visit({ ip: null }), rented)).toBeNull();
  });

  test('an ad reviewer passes with the key alone, and not without it', () => {
    const strict = gate({ linkKey: 'k', blockBots: true, allowedCountries: ['BR'] });
    const crawler = visit({ userAgent: EXTERNAL_HIT, isCrawler: true });
    expect(checkGate(strict, { ...crawler, query: 'grim=k' }, ABROAD)).toBeNull();
    expect(checkGate(strict, crawler, NO_GEO)).toBe('gate_link_key');
  });
});

describe('user agents', () => {
  test.each([
    [CHROME, false],
    [FACEBOOK, false],
    [INSTAGRAM, false],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Mobile/15E148 musical_ly_400 BytedanceWebview/d8a21c6',
      false,
    ],
    ['curl/8.14.1', true],
    ['python-requests/2.32.5', true],
    ['Go-http-client/2.0', true],
    ['Dart/3.4 (dart:io)', true],
    ['Mozilla/5.0 (compatible; SomeCheck/1.0)', true],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64)', true],
    [`${CHROME} HeadlessChrome/142`, true],
    ['Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)', false],
    ['', true],
    [null, true],
  ])('declared tool %s: %s', (userAgent, expected) => {
    expect(findDeclaredReason(userAgent) !== null).toBe(expected);
  });

  test.each([
    [EXTERNAL_HIT, true],
    ['meta-externalads/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)', true],
    ['AdsBot-Google (+http://www.google.com/adsbot.html)', true],
    ['TelegramBot (like TwitterBot)', true],
    ['WhatsApp/2.23.20.0 A', true],
    [`${CHROME} WhatsApp/2.23`, false],
    [FACEBOOK, false],
    [INSTAGRAM, false],
    [CHROME, false],
    ['curl/8.14.1', false],
  ])('crawler %s: %s', (userAgent, expected) => {
    expect(isKnownCrawler(userAgent)).toBe(expected);
  });

  test('absurd user agents cost no time', () => {
    for (const pump of [
      'Mozilla/5.0 (',
      'compatible; ',
      'a/1 ',
      '((((',
      'Mozilla/5.0 (compatible;',
      '\u0000',
    ]) {
      const userAgent = pump.repeat(1024).slice(0, 1023);
      const ms = measureCpuMs((round) => {
        findDeclaredReason(`${userAgent}${round}`);
      });
      expect(ms).toBeLessThan(50);
    }
  });
});
