import { expect, test } from 'vitest';
import { type ConsentState, foldConsent } from './consent-fold.ts';

const PENDING: ConsentState = { consent: 'pending', consentAt: null };
const choice = (ads: 'granted' | 'denied', at: number) => ({ kind: 'consent', token: '', ads, at }) as const;

test('the person’s choice ends the waiting', () => {
  expect(foldConsent(PENDING, choice('granted', 5))).toEqual({ consent: 'granted', consentAt: new Date(5) });
});

test('a refusal is not undone by an older yes that is told again', () => {
  const refused = [choice('granted', 5), choice('denied', 9)].reduce(foldConsent, PENDING);
  expect(foldConsent(refused, choice('granted', 5))).toBe(refused);
  expect(refused.consent).toBe('denied');
});

test('a person may change their mind', () => {
  const again = [choice('denied', 5), choice('granted', 9)].reduce(foldConsent, PENDING);
  expect(again.consent).toBe('granted');
});
