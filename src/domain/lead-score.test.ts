import { describe, expect, test } from 'vitest';
import { buildScore, keepLeadRules, listLeadRules, listVisitRules } from './lead-score.ts';

const NOBODY = {
  hasEmail: false,
  isBusinessEmail: false,
  isDisposableEmail: false,
  hasPhone: false,
  name: null,
  hasCompany: false,
  message: null,
};
const NO_VISIT = { hasClickId: false, hasCampaign: false, pageViews: 0, returnVisits: 0, isBot: false };

describe('the rules', () => {
  test.each([
    ['Maria Silva', ['full_name']],
    ['Maria', []],
    ['Maria 2', []],
    ['  ', []],
  ])('of the name "%s"', (name, rules) => {
    expect(listLeadRules({ ...NOBODY, name })).toEqual(rules);
  });

  test('of a visit', () => {
    expect(listVisitRules({ ...NO_VISIT, pageViews: 2 })).toEqual([]);
    expect(
      listVisitRules({ hasClickId: true, hasCampaign: true, pageViews: 3, returnVisits: 1, isBot: true }),
    ).toEqual(['paid_click', 'campaign', 'several_pages', 'returning_visitor', 'bot']);
  });

  test('of the form are kept when the visit is worked out anew', () => {
    const { reasons } = buildScore(['paid_click', 'email', 'bot'], {});
    expect(keepLeadRules([...reasons, { rule: 'unknown' }])).toEqual(['email']);
  });
});

describe('the score', () => {
  test('of a lead that everything speaks for is 100', () => {
    const lead = {
      ...NOBODY,
      hasEmail: true,
      isBusinessEmail: true,
      hasPhone: true,
      name: 'A B',
      hasCompany: true,
    };
    const rules = [
      ...listLeadRules({ ...lead, message: 'a message of some length' }),
      ...listVisitRules({ ...NO_VISIT, hasClickId: true, hasCampaign: true, pageViews: 3, returnVisits: 1 }),
    ];
    expect(buildScore(rules, {}).score).toBe(100);
  });

  test('stays between 0 and 100', () => {
    expect(buildScore(['email', 'bot'], {}).score).toBe(0);
    expect(buildScore(['email'], { email: 1000 }).score).toBe(100);
    expect(buildScore(['email', 'phone'], { email: 0, phone: 12.4 })).toEqual({
      score: 12,
      reasons: [
        { rule: 'email', points: 0 },
        { rule: 'phone', points: 12.4 },
      ],
    });
  });
});
