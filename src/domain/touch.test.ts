import { describe, expect, test } from 'vitest';
import { buildTouchId, chooseTouchFbc, readDevice, readTouchSource } from './touch.ts';
import { buildVisitorId } from './visitor-id.ts';

const idOf = (query: string): string => buildTouchId('s', readTouchSource(`https://a.example/${query}`));

describe('a touch', () => {
  test.each([
    ['?utm_source=a&utm_medium=b', '?utm_medium=b&utm_source=a&page=2', true],
    ['?utm_source=a', '?UTM_SOURCE=a', true],
    ['', '?page=2', true],
    ['?utm_source=a', '?utm_source=b', false],
    ['?utm_source=a', '?utm_medium=a', false],
    ['?gclid=a', '?gbraid=a', false],
    ['?twclid=a', '?twclid=b', false],
    ['?gclid={gclid}', '', true],
    ['?fbclid=a', '', false],
  ])('%s and %s are the same: %s', (a, b, isSame) => {
    expect(idOf(a) === idOf(b)).toBe(isSame);
  });

  test('of another session is another one', () => {
    const source = readTouchSource(null);
    expect(buildTouchId('s', source)).not.toBe(buildTouchId('t', source));
  });

  test('keeps what else stood in the address, and Google’s own words for device and match', () => {
    const query = '?gclid=a&matchtype=p&device=t&src=x&kwai_click_id=k&other=1';
    expect(readTouchSource(`https://a.example/${query}`)).toMatchObject({
      matchType: 'p',
      device: 'tablet',
      urlParams: { matchtype: 'p', device: 't', src: 'x', kwai_click_id: 'k', other: '1' },
    });
    expect(readTouchSource('https://a.example/?device=toaster').device).toBeNull();
  });
});

test.each([
  ['no ad and no cookie', null, null, null],
  ['no ad, a cookie of an earlier one', null, 'fb.1.5.old', 'fb.1.5.old'],
  ['an ad and its cookie', 'new', 'fb.1.5.new', 'fb.1.5.new'],
  ['an ad and the cookie of another', 'new', 'fb.1.5.old', 'fb.1.1000.new'],
  ['an ad and no cookie', 'new', null, 'fb.1.1000.new'],
])('the fbc of %s', (_name, fbclid, cookie, expected) => {
  expect(chooseTouchFbc({ fbclid, cookie, at: 1000 })).toBe(expected);
});

test.each([
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Mobile/15E148', 'mobile'],
  ['Mozilla/5.0 (Linux; Android 14; SM-S911B) Chrome/130.0.0.0 Mobile Safari/537.36', 'mobile'],
  ['Mozilla/5.0 (Linux; Android 14; SM-X710) Chrome/130.0.0.0 Safari/537.36', 'tablet'],
  ['Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X)', 'tablet'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0', 'desktop'],
  ['', null],
  [null, null],
])('%s is %s', (userAgent, device) => {
  expect(readDevice(userAgent)).toBe(device);
});

test('a visitor is one browser at one address on one site', () => {
  const traits = { ip: '189.1.2.3', userAgent: 'x', domainId: 'd' };
  const id = buildVisitorId('salt', traits);
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(buildVisitorId('salt', { ...traits })).toBe(id);
  const others = [{ ip: '189.1.2.4' }, { userAgent: 'y' }, { domainId: 'e' }].map((change) =>
    buildVisitorId('salt', { ...traits, ...change }),
  );
  expect(new Set([id, buildVisitorId('pepper', traits), ...others]).size).toBe(5);
  expect(buildVisitorId('salt', { ...traits, ip: null })).toBeNull();
});
