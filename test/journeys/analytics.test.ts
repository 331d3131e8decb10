import { beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, TEST_API_KEY, type TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});

const ANSWERS = ['daily', 'campaigns', 'visitors', 'offline', 'overview'] as const;
/** The longest rest of the views between two refreshes, taken where making them was slow. */
const FULL_PAUSE_MS = 300_000;
const NOVEMBER = 'from=2026-11-01&to=2026-11-30';

describe('analytics', () => {
  test('the jobs run by themselves and are told', async () => {
    const job = await waitFor(
      'the refresh',
      async () => {
        const { body } = await server.api('GET', '/system/status');
        const { jobs } = body as { jobs: { name: string; outcome: string | null }[] };
        return jobs.find((one) => one.name === 'refresh-views' && one.outcome !== null);
      },
      { timeoutMs: 100_000, everyMs: 250 },
    );
    expect(job).toMatchObject({ outcome: 'done', error: null });
  });

  test('cost by API and by file is converted and stands beside its campaign', {
    timeout: FULL_PAUSE_MS + 60_000,
  }, async () => {
    const row = { day: '2026-11-10', platform: 'meta', campaign_name: 'Oferta', cost: '10.50', clicks: 7 };
    for (const _ of [1, 2]) {
      const saved = await server.api('POST', '/ad-spend', { rows: [row] });
      expect(saved).toMatchObject({ status: 200, body: { saved: 1 } });
    }
    const doubled = await server.api('POST', '/ad-spend', { rows: [row, row] });
    expect(doubled).toMatchObject({ status: 422, body: { errors: [{ path: 'rows.1' }] } });
    const rate = { day: '2026-11-01', currency: 'USD', base: 'BRL', rate: '5.43' };
    expect(await server.api('POST', '/currency-rates', { rates: [rate] })).toMatchObject({ status: 200 });
    expect(await server.api('GET', '/currency-rates')).toMatchObject({ body: { data: [rate] } });
    const file = 'Day,Campaign,Currency code,Cost\n2026-11-11,Marca,USD,10.00\nTotal: Account,,USD,10.00\n';
    const imported = await postFile('/ad-spend/import', file);
    expect(imported).toMatchObject({ rows: 1, platforms: ['google_ads'], totals_skipped: 1, rejected: [] });
    const list = await server.api('GET', '/ad-spend?limit=1');
    expect(list).toMatchObject({ body: { data: [{ day: '2026-11-11', cost: '10.00' }], next_cursor: '1' } });

    await waitFor(
      'the cost',
      async () => {
        const { body } = await server.api('GET', `/analytics/campaigns?${NOVEMBER}`);
        return (body as { totals: { cost: string } }).totals.cost === '64.80';
      },
      { timeoutMs: FULL_PAUSE_MS + 30_000, everyMs: 500 },
    );
    const { body } = await server.api('GET', `/analytics/campaigns?${NOVEMBER}&campaign=Marca`);
    expect(body).toMatchObject({
      data: [{ campaign: 'Marca', cost: '54.30', revenue: '0.00', roas: 0, roi: -1, conversion_rate: null }],
      currency: 'BRL',
      timezone: 'America/Sao_Paulo',
      unconverted: [],
      is_truncated: false,
    });
  });

  test.each(ANSWERS)('%s answers, and says what is wrong with a question', async (name) => {
    const good = await server.api('GET', `/analytics/${name}?${NOVEMBER}`);
    expect(good).toMatchObject({
      status: 200,
      body: { from: '2026-11-01', refreshed_at: expect.any(String) },
    });
    expect(await server.api('GET', `/analytics/${name}`)).toMatchObject({ status: 200 });
    for (const [query, path] of [
      ['from=2026-11-30&to=2026-11-01', 'to'],
      ['from=30/11/2026', 'from'],
      ['timezone=Nowhere', 'timezone'],
      ['domain_id=7', 'domain_id'],
    ] as const) {
      const bad = await server.api('GET', `/analytics/${name}?${query}`);
      expect(bad).toMatchObject({ status: 422, body: { errors: [{ path }] } });
    }
  });

  test('rows are told apart by what is asked, and by nothing else', async () => {
    const good = await server.api(
      'GET',
      `/analytics/daily?${NOVEMBER}&group_by=day,hour,source,campaign&source=(none)`,
    );
    expect(good.status).toBe(200);
    const bad = await server.api('GET', '/analytics/daily?group_by=day,shoe_size');
    expect(bad).toMatchObject({ status: 422, body: { errors: [{ path: 'group_by' }] } });
  });
});

async function postFile(path: string, text: string): Promise<unknown> {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_API_KEY}`, 'content-type': 'text/csv' },
    body: text,
  });
  return answer.json();
}
