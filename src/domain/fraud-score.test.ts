import { describe, expect, test } from 'vitest';
import { buildFraudScore, FRAUD_WEIGHTS, type FraudFacts } from './fraud-score.ts';

const BUYER: FraudFacts = {
  ...{ country: 'BR', expectedCountries: ['BR', 'PT'], hasClickId: true, hour: 15, isBot: false },
};

describe('fraud score', () => {
  test.each<[string, Partial<FraudFacts>, number, string[]]>([
    ['a buyer', {}, 0, []],
    ['another expected country', { country: 'PT' }, 0, []],
    ['a country that is not expected', { country: 'US' }, 40, ['fraud_country']],
    ['an unknown country', { country: null }, 0, []],
    ['nothing is expected', { country: 'US', expectedCountries: [] }, 0, []],
    ['no click id', { hasClickId: false }, 30, ['fraud_no_click_id']],
    ['an unknown visit', { hasClickId: null, hour: null }, 0, []],
    ['02 h', { hour: 2 }, 0, []],
    ['03 h', { hour: 3 }, 20, ['fraud_night']],
    ['06 h', { hour: 6 }, 20, ['fraud_night']],
    ['07 h', { hour: 7 }, 0, []],
    ['a bot', { isBot: true }, 10, ['fraud_bot']],
    [
      'everything',
      { country: 'US', hasClickId: false, hour: 4, isBot: true },
      100,
      ['fraud_country', 'fraud_no_click_id', 'fraud_night', 'fraud_bot'],
    ],
  ])('%s', (_name, facts, score, rules) => {
    const result = buildFraudScore({ ...BUYER, ...facts }, FRAUD_WEIGHTS);
    expect(result.score).toBe(score);
    expect(result.reasons.map(({ rule }) => rule)).toEqual(rules);
  });

  test.each([
    [23, 20],
    [1, 20],
    [2, 0],
    [21, 0],
  ])('a night over midnight at %i h', (hour, score) => {
    const weights = { ...FRAUD_WEIGHTS, night_from_hour: 22, night_to_hour: 2 };
    expect(buildFraudScore({ ...BUYER, hour }, weights).score).toBe(score);
  });

  test('own weights are cut at 100', () => {
    const weights = { ...FRAUD_WEIGHTS, fraud_country: 90 };
    const facts = { ...BUYER, country: 'US', hasClickId: false };
    expect(buildFraudScore(facts, weights)).toEqual({
      score: 100,
      reasons: [
        { rule: 'fraud_country', points: 90 },
        { rule: 'fraud_no_click_id', points: 30 },
      ],
    });
  });
});
