import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PageViewItem } from './collect.ts';
import { buildVisitState, mergeVisits, type VisitState } from './visit.ts';

const text = fc.option(fc.constantFrom('a', 'b', 'c'));
const cookie = fc.option(fc.constantFrom('fb.1.100.7', 'fb.1.200.7', 'fb.1.100.9', 'fb.2.100.9'));
const state: fc.Arbitrary<VisitState> = fc.record({
  startedAt: fc.integer({ min: 1, max: 3 }),
  lastActivityAt: fc.integer({ min: 3, max: 6 }),
  visitorId: text,
  postedVisitorId: text,
  consentAds: fc.constantFrom('granted', 'denied'),
  consentAnalytics: fc.constantFrom('granted', 'denied'),
  consentAt: fc.integer({ min: 1, max: 3 }),
  isBot: fc.boolean(),
  isBurst: fc.boolean(),
  evidence: fc
    .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 4 })
    .map((all) => all.sort()),
  fbp: cookie,
  fbc: cookie,
  ttp: text,
  gaClientId: text,
});

test('what is told of a session merges the same in any order and however often', () => {
  fc.assert(
    fc.property(state, state, state, (a, b, c) => {
      expect(mergeVisits(a, b)).toEqual(mergeVisits(b, a));
      expect(mergeVisits(mergeVisits(a, b), c)).toEqual(mergeVisits(a, mergeVisits(b, c)));
      expect(mergeVisits(a, a)).toEqual(a);
    }),
    { numRuns: 500 },
  );
});

const item: PageViewItem = {
  ...{ type: 'page_view', id: '', at: 1000, pageUrl: 'https://a.example/', referrer: null, title: null },
  ...{ consent: { ads: 'granted', analytics: 'denied' }, cookies: null, timeOnPage: 7, exitPage: false },
};
const traits = { visitorId: 'v', postedVisitorId: null, evidence: [] };

test('a view lasts until its time on the page is over', () => {
  expect(buildVisitState(item, traits)).toMatchObject({
    ...{
      startedAt: 1000,
      lastActivityAt: 8000,
      consentAds: 'granted',
      consentAnalytics: 'denied',
      consentAt: 1000,
    },
    ...{ fbp: null, fbc: null, ttp: null, gaClientId: null },
  });
});

test.each([
  ['GA1.1.1234567890.1700000000', '1234567890.1700000000'],
  ['GA1.2.11.22', '11.22'],
  ['11.22', '11.22'],
  ['GA1.1.x', null],
  ['GS1.1.1700000000.1.1.1700000100.0.0.0', null],
])('the client id in a _ga cookie %s is %s', (ga, gaClientId) => {
  const cookies = { fbp: 'no cookie', fbc: 'fb.1.2', ttp: 'a b', ga };
  const told = buildVisitState({ ...item, cookies }, traits);
  expect(told).toMatchObject({ gaClientId, fbp: null, fbc: null, ttp: null });
});

test('the newest word on consent holds, and of two of one moment the no', () => {
  const said = (consentAt: number, consentAds: 'granted' | 'denied') => ({
    ...buildVisitState(item, traits),
    consentAt,
    consentAds,
  });
  expect(mergeVisits(said(1, 'granted'), said(2, 'denied')).consentAds).toBe('denied');
  expect(mergeVisits(said(3, 'granted'), said(2, 'denied')).consentAds).toBe('granted');
  expect(mergeVisits(said(2, 'granted'), said(2, 'denied')).consentAds).toBe('denied');
});
