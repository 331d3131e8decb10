import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildId } from '../../src/domain/ids.ts';
import { openDatabase } from '../../src/io/database.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { ask, askFirst, type Json } from './sales-world.ts';

let server: TestServer;
let domainId: string;

const SITE = 'https://loja.example';
const PHONE =
  'Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36';

beforeAll(async () => {
  server = await startTestServer();
  const made = await ask(server, 'POST', '/domains', { domain_name: 'Loja', domain_url: SITE });
  domainId = String(made.domain_id);
});

function post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const all = { 'user-agent': PHONE, 'content-type': 'application/json', origin: SITE, ...headers };
  return fetch(`${server.url}${path}`, { method: 'POST', body, headers: all, redirect: 'manual' });
}

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

const leadOf = (email: string): Promise<Json> =>
  waitFor(`the lead ${email}`, () => askFirst(server, `/leads?email=${encodeURIComponent(email)}`));

describe('a site', () => {
  test('posts a visit in pieces, three times and out of order, and the lead is of its ad', async () => {
    const leadId = buildId();
    const item = (type: string, seconds: number, path: string, more: object = {}) => ({
      ...{ type, id: buildId(), occurred_at: ago(seconds), page_url: SITE + path },
      ...more,
    });
    const items = [
      item('page_view', 90, '/?utm_source=google&utm_campaign=inverno&gclid=Cj0KCQ'),
      item('event', 60, '/', { event_type: 'scroll', event_value: 50 }),
      item('page_view', 40, '/contato', { time_on_page: 20 }),
      item('lead', 20, '/contato', { id: leadId, name: 'Ana Souza', email: 'ana@padaria.example' }),
    ];
    const tell = async (some: readonly unknown[]): Promise<void> => {
      const batch = { domain_id: domainId, session_id: 'visit-1', sent_at: ago(0), items: some };
      const response = await post('/api/collect', JSON.stringify(batch), { 'content-type': 'text/plain' });
      expect(response.status).toBe(202);
      expect(await response.json()).toEqual({ accepted: some.length, rejected: [] });
    };
    for (const some of [items.slice(3), items.slice(1), items.toReversed(), items]) await tell(some);
    const lead = await waitFor('the joined lead', async () => {
      const found = await askFirst(server, '/leads?session_id=visit-1');
      return found?.utm_tracking_id ? found : undefined;
    });
    expect(lead).toMatchObject({ lead_id: leadId, session_id: 'visit-1' });
    const rows = await readVisit('visit-1');
    expect(rows).toMatchObject({
      sessions: [{ total_page_views: 2, total_events: 1, converted: true, return_visits: 0 }],
      touches: [{ utm_source: 'google', utm_campaign: 'inverno', gclid: 'Cj0KCQ' }],
      leads: 1,
    });
  });

  test('has a form without any script', async () => {
    const form = { domain_id: domainId, nome: 'Bia', email: 'bia@padaria.example', _next: '/obrigado' };
    const response = await post('/api/leads', new URLSearchParams(form).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
      referer: `${SITE}/oferta?utm_source=fb&fbclid=IwAR77`,
    });
    expect([response.status, response.headers.get('location')]).toEqual([303, `${SITE}/obrigado`]);
    const lead = await leadOf('bia@padaria.example');
    const { touches } = await readVisit(String(lead.session_id));
    expect(touches).toMatchObject([{ utm_source: 'fb', fbclid: 'IwAR77', device: 'mobile' }]);
  });

  test('loses nothing to a crash right after the answer', async () => {
    const id = buildId();
    const lead = { domain_id: domainId, id, email: 'crash@padaria.example', page_url: `${SITE}/` };
    const response = await post('/api/leads', JSON.stringify(lead));
    const told = await response.json();
    await server.kill('SIGKILL');
    expect([response.status, told]).toEqual([202, { lead_id: id }]);
    await server.restart();
    expect(await leadOf('crash@padaria.example')).toMatchObject({ lead_id: id });
  });

  test('that is foreign or unknown gets nothing in', async () => {
    const batch = (domain_id: string) =>
      JSON.stringify({ domain_id, session_id: 'x', sent_at: ago(0), items: [] });
    const foreign = await post('/api/collect', batch(domainId), { origin: 'https://evil.example' });
    expect([foreign.status, foreign.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    expect((await post('/api/collect', batch(buildId()))).status).toBe(404);
    const preflight = await fetch(`${server.url}/api/collect`, {
      method: 'OPTIONS',
      headers: { origin: SITE },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, SITE]);
  });
});

test('partitions run makes what is missing, beside the running server', async () => {
  const handle = await openDatabase(server.database.options);
  await handle.pool.query(`drop table events_${monthAhead(3)}`);
  await handle.close();
  const run = () => {
    const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
    const env = { ...process.env, ...server.database.env };
    const { stdout, stderr } = spawnSync(process.execPath, [main, 'partitions', 'run', '--json'], {
      env,
      encoding: 'utf8',
    });
    return JSON.parse(stdout || `"${stderr}"`);
  };
  expect(run()).toEqual({ made: 1 });
  expect(run()).toEqual({ made: 0 });
});

const monthAhead = (months: number): string => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months))
    .toISOString()
    .slice(0, 7)
    .replace('-', '_');
};

/** What the tables hold of a session, as a SQL user sees it. */
async function readVisit(sessionId: string) {
  const handle = await openDatabase(server.database.options);
  try {
    const where = ['session_id', '=', sessionId] as const;
    const sessions = await handle.db
      .selectFrom('sessions')
      .selectAll()
      .where(...where)
      .execute();
    const touches = await handle.db
      .selectFrom('utm_tracking')
      .selectAll()
      .where(...where)
      .execute();
    const leads = await handle.db
      .selectFrom('leads')
      .select('lead_id')
      .where(...where)
      .execute();
    return { sessions, touches, leads: leads.length };
  } finally {
    await handle.close();
  }
}
