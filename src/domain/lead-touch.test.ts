import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseTouch, type LeadTouch } from './lead-touch.ts';

const touch = (minute: number, kind: 'click' | 'campaign' | 'plain'): LeadTouch => ({
  trackingId: `${kind}-${minute}`,
  at: new Date(minute * 60_000),
  hasClickId: kind === 'click',
  hasCampaign: kind !== 'plain',
});

test.each([
  ['the newest click before the lead', [touch(1, 'click'), touch(2, 'click'), touch(9, 'click')], 'click-2'],
  ['a click before a newer campaign', [touch(1, 'click'), touch(2, 'campaign')], 'click-1'],
  [
    'the newest campaign without a click',
    [touch(1, 'campaign'), touch(2, 'campaign'), touch(3, 'plain')],
    'campaign-2',
  ],
  ['the first of nothing but plain ones', [touch(2, 'plain'), touch(1, 'plain')], 'plain-1'],
  ['the first of later ones', [touch(9, 'click'), touch(8, 'click')], 'click-8'],
  ['none of none', [], undefined],
])('is %s', (_name, touches, id) => {
  expect(chooseTouch(touches, new Date(5 * 60_000))?.trackingId).toBe(id);
});

test('does not depend on the order in which touches are told', () => {
  const one = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.constantFrom('click', 'campaign', 'plain'));
  const touches = fc.uniqueArray(
    one.map(([minute, kind]) => touch(minute, kind)),
    { selector: (it) => it.trackingId },
  );
  fc.assert(
    fc.property(touches, (list) => {
      const at = new Date(5 * 60_000);
      expect(chooseTouch(list.toReversed(), at)).toEqual(chooseTouch(list, at));
    }),
  );
});
