import type { AnalyticsWorld } from './analytics-world.ts';

/** An ad of each. */
export const facebook = { source: 'facebook', campaign: 'Black Friday' };
const google = { source: 'google', campaign: 'marca|7700112233' };

/**
 * Around the midnight between 9 and 10 November in São Paulo, which is 03:00 UTC. In the bots: three clicks and a
 * robot's, two people, a payment of 100 and one of 50 that is refunded a week later. On the site: four sessions and a
 * robot's, three leads of which one is won for 1,000, then restated to 1,234.56, and one is won and lost again.
 */
export async function seedMidnight(world: AnalyticsWorld) {
  await world.addClick('2026-11-10T02:59:59.999Z', { ...facebook, country: 'BR' });
  await world.addClick('2026-11-10T03:00:00Z', { ...facebook, country: 'BR' });
  await world.addClick('2026-11-10T15:30:00Z', { source: 'tiktok', id: '555' });
  await world.addClick('2026-11-10T15:31:00Z', { ...facebook, isBot: true });
  const buyer = await world.addPerson('2026-11-10T03:10:00Z', {
    ...facebook,
    clickedAt: '2026-11-10T03:00:00Z',
  });
  await world.addPerson('2026-11-10T15:35:00Z', { source: 'tiktok', id: '555' });
  await world.addPayment(buyer, { ...facebook, amount: '100.00', paidAt: '2026-11-10T03:20:00Z' });
  const refundedPayment = await world.addPayment(buyer, {
    ...facebook,
    amount: '50.00',
    paidAt: '2026-11-11T02:00:00Z',
  });
  await world.addPayment(buyer, { ...facebook, amount: '70.00', paidAt: null });
  await world.refund(refundedPayment, '2026-11-17T12:00:00Z');

  const first = await world.addSession('2026-11-10T12:00:00Z', { ...google, views: 3 });
  await world.addTouch(first.sessionId, '2026-11-10T12:20:00Z', facebook);
  const second = await world.addSession('2026-11-10T13:00:00Z', { ...google, returns: 1 });
  await world.addSession('2026-11-10T14:00:00Z', { views: 2 });
  const late = await world.addSession('2026-11-12T02:30:00Z', { ...facebook, views: 4 });
  await world.addSession('2026-11-10T14:00:00Z', { ...google, views: 90, isBot: true });
  await world.addEvent(first.sessionId, '2026-11-10T12:01:00Z', 'click');
  await world.addEvent(first.sessionId, '2026-11-10T12:02:00Z', 'click');
  await world.addEvent(late.sessionId, '2026-11-12T02:31:00Z', 'video_play');
  const wonLead = await world.addLead('2026-11-10T12:10:00Z', { ...first, score: 80, seconds: 600 });
  const lost = await world.addLead('2026-11-10T13:05:00Z', { ...second, score: 40, seconds: 300 });
  await world.addLead('2026-11-12T02:59:00Z', { ...late, score: 30 });
  await world.addStage(wonLead, '2026-11-11T12:10:00Z', { name: 'won', value: '1000.00' });
  await world.addStage(wonLead, '2026-11-13T12:10:00Z', { name: 'won', value: '1234.56' });
  await world.addStage(lost, '2026-11-11T13:05:00Z', { name: 'won', value: '9999.00' });
  await world.addStage(lost, '2026-11-12T13:05:00Z', { name: 'lost' });

  await world.addSpend({ day: '2026-11-10', campaign: 'black friday', cents: 20_00 });
  await world.addSpend({ day: '2026-11-10', campaign: 'Busca', id: '7700112233', cents: 100_00 });
  await world.addSpend({ day: '2026-11-10', campaign: 'No visits', cents: 5_00 });
  await world.refresh();
  return { wonLead };
}
