import { expect, test } from 'vitest';
import type { DemoWalk } from '../../reports/demo-walk.ts';
import type { BrowserEvent } from '../../simulators/pixel.ts';
import { readSteps } from './walk-steps.ts';

const AT = new Date('2026-05-01T12:00:00Z');
const CLICKED: DemoWalk = { token: 'a'.repeat(32), clickedAt: AT, start: null, payment: null, events: [] };
const STARTED: DemoWalk = { ...CLICKED, start: { at: AT, matchedBy: 'token' } };
const PAID: DemoWalk = {
  ...STARTED,
  payment: { id: 'p1', status: 'paid', createdAt: AT, paidAt: AT, openedAt: null, deliveryToken: 'd' },
  events: [{ eventId: 'purchase_p1', name: 'purchase', state: 'held' }],
};
const OPENED: DemoWalk = {
  ...PAID,
  payment: PAID.payment && { ...PAID.payment, openedAt: AT },
  events: [{ eventId: 'purchase_p1', name: 'purchase', state: 'sent' }],
};
const PAGE_VIEW: BrowserEvent = {
  pixelId: '1',
  name: 'PageView',
  eventId: `evt_${'a'.repeat(32)}`,
  fbp: null,
  fbc: null,
  pageUrl: '',
  userAgent: null,
  raw: {},
  at: AT.getTime(),
};

test.each([
  ['nobody', null, [], []],
  ['a click alone', CLICKED, [], ['click']],
  ['a page that was seen', CLICKED, [PAGE_VIEW], ['click', 'page']],
  ['a start, after the memory of the page is gone', STARTED, [], ['click', 'page', 'start']],
  ['a payment whose delivery is not opened', PAID, [PAGE_VIEW], ['click', 'page', 'start', 'charge', 'paid']],
  ['everything', OPENED, [PAGE_VIEW], ['click', 'page', 'start', 'charge', 'paid', 'delivered', 'meta']],
] as const)('%s', (_who, walk, events, done) => {
  const steps = readSteps(walk, events);
  expect(steps.filter((step) => step.isDone).map((step) => step.id)).toEqual(done);
});
