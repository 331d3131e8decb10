import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCampaigns } from '../../src/reports/analytics/campaigns.ts';
import { findDaily } from '../../src/reports/analytics/daily.ts';
import { findOffline } from '../../src/reports/analytics/offline.ts';
import { findOverview } from '../../src/reports/analytics/overview.ts';
import { findVisitors } from '../../src/reports/analytics/visitors.ts';
import { facebook, seedMidnight } from './analytics-seed.ts';
import { type AnalyticsWorld, openAnalyticsWorld } from './analytics-world.ts';

let world: AnalyticsWorld;
let wonLead = '';

beforeAll(async () => {
  world = await openAnalyticsWorld();
  ({ wonLead } = await seedMidnight(world));
});
afterAll(() => world.close());

describe('daily', () => {
  it('counts the days of São Paulo', async () => {
    const { data, totals } = await findDaily(world.db, world.ask(9, 13, { groupBy: ['day'] }));
    expect(data).toMatchObject([
      { day: '2026-11-09', clicks: 1, sessions: 0, sales: 0, revenue: '0.00', conversion_rate: 0 },
      {
        day: '2026-11-10',
        clicks: 2,
        starts: 2,
        sessions: 3,
        visits: 5,
        leads: 2,
        sales: 2,
        refunds: 1,
        offline_sales: 0,
        conversions: 1,
        revenue: '100.00',
        refunded: '50.00',
        conversion_rate: 0.2,
        lead_rate: 0.6667,
        mean_value: '100.00',
      },
      { day: '2026-11-11', sessions: 1, leads: 1, offline_sales: 1, revenue: '1234.56', conversions: 1 },
    ]);
    expect(totals).toMatchObject({ clicks: 3, sessions: 4, leads: 3, conversions: 2, revenue: '1334.56' });
  });

  it('counts the days of another zone by the same hours', async () => {
    const question = world.ask(10, 10, { groupBy: ['day'] });
    const inUtc = { ...question, range: { ...question.range, timezone: 'UTC', isOwnZone: false } };
    const { data } = await findDaily(world.db, inUtc);
    expect(data).toMatchObject([{ day: '2026-11-10', clicks: 3, sessions: 3, sales: 1, revenue: '100.00' }]);
  });

  it('tells hours, sources and campaigns apart, and filters by what is there and what is not', async () => {
    const hours = await findDaily(
      world.db,
      world.ask(10, 10, { groupBy: ['hour'], filters: { funnel: 'telegram' } }),
    );
    expect(hours.data).toMatchObject([
      { hour: 0, clicks: 1, sales: 1 },
      { hour: 12, clicks: 1, sales: 0 },
      { hour: 23, clicks: 0, sales: 1 },
    ]);
    const sources = await findDaily(world.db, world.ask(10, 10, { groupBy: ['source', 'campaign'] }));
    expect(sources.data.map(({ source, campaign, visits }) => [source, campaign, visits])).toEqual([
      ['facebook', 'Black Friday', 1],
      [null, null, 1],
      ['google', 'marca|7700112233', 2],
      ['tiktok', '555', 1],
    ]);
    const without = await findDaily(world.db, world.ask(10, 10, { filters: { source: null } }));
    expect(without.totals).toMatchObject({ sessions: 1, clicks: 0 });
    const country = await findDaily(world.db, world.ask(9, 10, { filters: { country: 'BR' } }));
    expect(country.totals).toMatchObject({ clicks: 2 });
  });

  it('says when there are more rows than wanted; the totals hold them all', async () => {
    const answer = await findDaily(world.db, world.ask(9, 13, { groupBy: ['day'], limit: 2 }));
    expect(answer).toMatchObject({ isTruncated: true, totals: { clicks: 3 } });
    expect(answer.data).toHaveLength(2);
  });

  it('is empty, not broken, where nothing happened', async () => {
    const { data, totals } = await findDaily(world.db, world.ask(1, 2, { groupBy: ['day'] }));
    expect(data).toEqual([]);
    expect(totals).toMatchObject({ visits: 0, conversion_rate: null, mean_value: null, revenue: '0.00' });
  });

  it('knows nothing of another workspace', async () => {
    const { totals } = await findDaily(world.db, { ...world.ask(1, 30), workspaceId: world.domainId });
    expect(totals).toMatchObject({ visits: 0, revenue: '0.00' });
  });
});

describe('campaigns', () => {
  it('joins cost to visits by name and by id, and works out ROI and ROAS from the sums', async () => {
    const { data, totals } = await findCampaigns(world.db, world.ask(9, 13, { groupBy: ['campaign'] }));
    const byName = new Map(data.map((row) => [row.campaign, row]));
    expect(byName.get('Black Friday')).toMatchObject({
      clicks: 2,
      sessions: 1,
      sales: 2,
      conversions: 1,
      revenue: '100.00',
      cost: '20.00',
      roas: 5,
      roi: 4,
      cost_per_conversion: '20.00',
      mean_lead_score: 30,
      // The two payments came 20 minutes and 23 hours after the click; the lead has no time.
      mean_time_to_conversion: (1_200 + 82_800) / 2,
    });
    expect(byName.get('marca|7700112233')).toMatchObject({
      sessions: 2,
      leads: 2,
      offline_sales: 1,
      revenue: '1234.56',
      cost: '100.00',
      roas: 12.3456,
      roi: 11.3456,
      mean_lead_score: 60,
      mean_time_to_conversion: 450,
      cost_per_lead: '50.00',
    });
    expect(byName.get('No visits')).toMatchObject({
      visits: 0,
      cost: '5.00',
      roas: 0,
      roi: -1,
      conversion_rate: null,
    });
    expect(byName.get('555')).toMatchObject({ clicks: 1, cost: '0.00', roas: null, roi: null });
    expect(totals).toMatchObject({ cost: '125.00', revenue: '1334.56', roas: 10.6765, impressions: 3000 });
  });

  it('gives no cost for a pool: nobody knows its part', async () => {
    const { totals } = await findCampaigns(
      world.db,
      world.ask(9, 13, { filters: { pool_id: world.poolId } }),
    );
    expect(totals).toMatchObject({
      clicks: 3,
      sessions: 0,
      revenue: '100.00',
      cost: null,
      roi: null,
      roas: null,
    });
  });
});

describe('visitors', () => {
  it('counts pages a session and events by type, without robots', async () => {
    const answer = await findVisitors(world.db, world.ask(10, 11, { filters: { funnel: 'site' } }));
    expect(answer.totals).toEqual({
      sessions: 4,
      new_visitors: 3,
      returning_visitors: 1,
      page_views: 10,
      pages_per_session: 2.5,
      bounce_rate: 0.25,
      converted_sessions: 0,
      session_conversion_rate: 0,
      mean_session_seconds: 60,
      events: 3,
    });
    expect(answer.eventsByType).toEqual([
      { event_type: 'click', events: 2 },
      { event_type: 'video_play', events: 1 },
    ]);
  });

  it('tells what people do in the bots in the same words', async () => {
    const answer = await findVisitors(world.db, world.ask(9, 10, { filters: { funnel: 'telegram' } }));
    expect(answer.eventsByType).toEqual(
      expect.arrayContaining([
        { event_type: 'click', events: 3 },
        { event_type: 'start', events: 2 },
        { event_type: 'purchase', events: 2 },
        { event_type: 'checkout', events: 3 },
      ]),
    );
  });
});

describe('offline', () => {
  it('follows the leads of the days to their sale; a retracted one is none', async () => {
    const { data } = await findOffline(
      world.db,
      world.ask(10, 11, { groupBy: ['source'], filters: { funnel: 'site' } }),
    );
    expect(data).toMatchObject([
      {
        source: 'google',
        leads: 2,
        qualified: 2,
        lost: 1,
        won: 1,
        lead_to_sale_rate: 0.5,
        mean_sales_cycle_seconds: 86_400,
        revenue: '1234.56',
        mean_value: '1234.56',
      },
      {
        source: 'facebook',
        leads: 1,
        won: 0,
        lead_to_sale_rate: 0,
        mean_sales_cycle_seconds: null,
        mean_value: null,
      },
    ]);
  });

  it('takes people for leads in the bots; a refund is no sale', async () => {
    const { totals } = await findOffline(world.db, world.ask(10, 10, { filters: { funnel: 'telegram' } }));
    expect(totals).toMatchObject({
      leads: 2,
      qualified: 1,
      won: 1,
      sales: 1,
      revenue: '100.00',
      mean_sales_cycle_seconds: 600,
    });
  });
});

describe('overview', () => {
  it('sets the days against as many before', async () => {
    const { groupBy: _, limit: __, ...question } = world.ask(10, 10);
    const overview = await findOverview(world.db, question);
    expect(overview).toMatchObject({
      totals: { visits: 5, cost: '125.00', revenue: '100.00' },
      previous: { visits: 1, cost: '0.00', revenue: '0.00' },
      byDay: [{ day: '2026-11-10' }],
      offline: { leads: 2 },
    });
    expect(overview.refreshedAt).toBeInstanceOf(Date);
  });
});

describe('what changes afterwards', () => {
  it('is in the numbers after the next refresh, and the same facts again change nothing', async () => {
    const before = await findDaily(world.db, world.ask(9, 13, { groupBy: ['day', 'source', 'campaign'] }));
    await world.refresh();
    await world.addStage(wonLead, '2026-11-13T12:10:00Z', { name: 'won', value: '1234.56' });
    await world.refresh();
    const after = await findDaily(world.db, world.ask(9, 13, { groupBy: ['day', 'source', 'campaign'] }));
    expect(after.data).toEqual(before.data);
  });

  it('keeps money without a rate apart, and converts it by the newest rate not after its day', async () => {
    const person = await world.addPerson('2026-11-20T12:00:00Z', facebook);
    await world.addPayment(person, {
      ...facebook,
      amount: '10.00',
      currency: 'USD',
      paidAt: '2026-11-20T12:00:00Z',
    });
    await world.addSpend({ day: '2026-11-20', campaign: 'Black Friday', cents: 3_00, currency: 'USD' });
    await world.refresh();
    const apart = await findCampaigns(world.db, world.ask(20, 20));
    expect(apart.totals).toMatchObject({ sales: 1, revenue: '0.00', cost: '0.00', roas: null });
    expect(apart.unconverted).toEqual([
      {
        currency: 'USD',
        amounts: { revenue: '10.00', refunded: '0.00', offline_revenue: '0.00', cost: '3.00' },
      },
    ]);
    await world.addRate('2026-11-19', 'USD', '5.00');
    await world.addRate('2026-11-20', 'USD', '5.50');
    await world.addRate('2026-11-21', 'USD', '9.00');
    await world.refresh();
    const together = await findCampaigns(world.db, world.ask(20, 20));
    expect(together.totals).toMatchObject({ revenue: '55.00', cost: '16.50', roas: 3.3333 });
    expect(together.unconverted).toEqual([]);
  });

  it('has one row for each key, so that the views can be refreshed beside their readers', async () => {
    for (const view of ['daily_conversions_summary', 'campaign_performance', 'visitor_behavior_summary']) {
      const { rows } = await sql<{ rows: string; keys: string }>`
        select count(*) as rows, count(distinct row_key) as keys from ${sql.table(view)}`.execute(world.db);
      expect(rows[0]?.rows).toBe(rows[0]?.keys);
    }
  });
});
