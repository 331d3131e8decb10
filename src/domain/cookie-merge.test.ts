import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ClickCookies, mergeCookies } from './cookie-merge.ts';
import type { CookiesFact } from './facts.ts';

type Click = ClickCookies & { fbclid: string | null };
const BARE: Click = { fbclid: null, fbp: null, fbpOrigin: null, fbc: null, fbcOrigin: null, fbi: null };
const FBP = 'fb.1.1700000000000.1234567890';

function cookies(changes: Partial<CookiesFact>): CookiesFact {
  return { kind: 'cookies', at: 1, token: '', fbp: null, fbc: null, fbi: null, pageType: null, ...changes };
}

test('a posted _fbp fills an empty place and is marked', () => {
  expect(mergeCookies(BARE, cookies({ fbp: FBP }))).toMatchObject({ fbp: FBP, fbpOrigin: 'posted' });
});

test('an _fbp that came with the click stays', () => {
  const click: Click = { ...BARE, fbp: FBP, fbpOrigin: 'cookie' };
  expect(mergeCookies(click, cookies({ fbp: 'fb.1.1800000000000.1' }))).toBe(click);
});

test('a better _fbc takes a minted one’s place and counts as a cookie', () => {
  const click: Click = { ...BARE, fbclid: 'AD1', fbc: 'fb.1.1.AD1', fbcOrigin: 'generated' };
  const merged = mergeCookies(click, cookies({ fbc: 'fb.1.2.AD1.AQQCAQAA' }));
  expect(merged).toMatchObject({ fbc: 'fb.1.2.AD1.AQQCAQAA', fbcOrigin: 'cookie' });
});

test('telling any cookies any number of times gives what telling them once gives', () => {
  const value = fc.option(
    fc.constantFrom('fb.1.1.AD1', 'fb.1.2.AD1.BA', 'fb.1.3.AD2', 'fb.1.4.77', 'nonsense', '189.1.2.3'),
  );
  const facts = fc.array(fc.record({ fbp: value, fbc: value, fbi: value }).map(cookies), { maxLength: 6 });
  const clicks = fc.constantFrom<Click>(BARE, {
    ...BARE,
    fbclid: 'AD1',
    fbc: 'fb.1.0.AD1',
    fbcOrigin: 'generated',
  });
  fc.assert(
    fc.property(clicks, facts, (click, told) => {
      const once = told.reduce(mergeCookies, click);
      expect(told.reduce(mergeCookies, once)).toBe(once);
    }),
  );
});
