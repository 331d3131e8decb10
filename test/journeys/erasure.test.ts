import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildIpHash } from '../../src/domain/ip-hash.ts';
import { buildVisitorId } from '../../src/domain/visitor-id.ts';
import { openDatabase } from '../../src/io/database.ts';
import { openVault } from '../../src/io/vault.ts';
import type { SimulatedPerson } from '../../src/simulators/telegram-types.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../crm-suite/webhook-receiver.ts';
import { searchDatabase } from '../support/search-database.ts';
import { readMemcached, readRedis } from '../support/search-stores.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  ask,
  askFirst,
  buy,
  clickAd,
  type Json,
  openSalesWorld,
  paymentOf,
  type SalesWorld,
} from './sales-world.ts';

const SECRET_KEY = 'the secret key of the erasure journey, long enough';
const SALT = 'the salt of the erasure journey, long enough for it';
const CRM_SECRET = `whsec_${Buffer.from('the secret of the CRM of the tests').toString('base64')}`;
const SITE = 'https://loja.example';
/** No text of hers is part of anything else. */
const HER = {
  ip: '189.55.66.88',
  fbclid: 'IwARerasurejourney88',
  fbp: 'fb.1.1700000000000.8812345678',
  email: 'zuleide.everywhere@padaria.example',
  phone: '5511987650088',
  name: 'Zuleide Everywhere',
  session: 'session-of-zuleide',
  browser: 'browser-of-zuleide',
  userAgent:
    'Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A.zuleide) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36',
  external: 'deal-of-zuleide',
  secret: 'zuleidesecret',
} as const;
const ZULEIDE: SimulatedPerson = {
  ...{ id: 688_654_399, firstName: 'Zuleide', lastName: 'Everywhere', username: 'zuleide_everywhere' },
  languageCode: 'pt-br',
};
const RUI: SimulatedPerson = { id: 688_654_400, firstName: 'Rui', languageCode: 'pt-br' };

/** A click is kept by the first store that takes it: Redis is looked into on one database, Memcached on the other. */
const STORE =
  process.env.TEST_BACKEND === 'postgres'
    ? { variable: 'MEMCACHED_URL', url: process.env.TEST_MEMCACHED_URL ?? '', read: readMemcached }
    : { variable: 'REDIS_URL', url: process.env.TEST_REDIS_URL ?? '', read: readRedis };

let world: SalesWorld;
let crm: WebhookReceiver;
let domainId = '';
let leadId = '';
const tokens: string[] = [];

beforeAll(async () => {
  crm = await startWebhookReceiver({ secret: CRM_SECRET });
  world = await openSalesWorld({
    ...{ SECRET_KEY, IP_HASH_SALT: SALT, TRUST_PROXY: '1', OUTBOUND_ALLOW: '127.0.0.0/8' },
    [STORE.variable]: STORE.url,
  });
  const { server } = world;
  const made = await ask(server, 'POST', '/domains', { domain_name: 'Loja', domain_url: SITE });
  domainId = String(made.domain_id);
  await ask(server, 'POST', '/crm-connections', {
    ...{ kind: 'webhook', credentials: { secret: CRM_SECRET } },
    settings: { url: `${crm.url}/hook`, stage_map: {}, field_map: {} },
  });
  await leaveLead();
  await sell();
  // Pressed by nobody yet: only memory, stores and log know it for sure.
  await click();
});
afterAll(() => crm.close());

const headers = {
  'x-forwarded-for': HER.ip,
  'user-agent': HER.userAgent,
  'accept-language': 'pt-BR',
  cookie: `_fbp=${HER.fbp}`,
};

async function click(): Promise<string> {
  const query = `fbclid=${HER.fbclid}&utm_source=facebook&utm_campaign=natal&ref=${HER.secret}`;
  const referer = `https://l.facebook.com/?u=${HER.secret}`;
  const { token } = await clickAd(world, query, { ...headers, referer });
  tokens.push(token);
  return token;
}

/** From the click to the paid sale. */
async function sell(): Promise<void> {
  const { server, telegram, bot } = world;
  const token = await click();
  await fetch(`${server.url}/api/tracking/cookies`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ tracking_token: token, _fbp: HER.fbp, page_type: 'bridge' }),
  });
  telegram.simulator.pressStart(bot.username, token, ZULEIDE);
  await telegram.nextMessage(bot, ZULEIDE, 'Bem-vindo');
  await buy(world, ZULEIDE);
  const payment = await paymentOf(world, ZULEIDE);
  await ask(server, 'POST', `/payments/${payment.id}/simulate`, { event: 'paid' });
  await telegram.nextMessage(bot, ZULEIDE, '/delivery/');
  const paid = await ask(server, 'GET', `/payments/${payment.id}`);
  await fetch(`${server.url}/delivery/${String(paid.delivery_token)}`, { headers });
  const told = async () => (await ask(server, 'GET', '/sync-log')).data as Json[];
  await waitFor('the purchase to be told', async () => (await told()).length >= 3, { timeoutMs: 60_000 });
}

async function leaveLead(): Promise<void> {
  const { server } = world;
  const page = {
    occurred_at: new Date().toISOString(),
    page_url: `${SITE}/?fbclid=${HER.fbclid}&q=${HER.secret}`,
  };
  const person = { name: HER.name, email: HER.email, phone: `+${HER.phone}`, message: `Sou ${HER.name}` };
  const free = { external_id: HER.external, company: HER.secret, metadata: { who: HER.email } };
  const items = [
    { type: 'page_view', id: randomUUID(), ...page, title: HER.email },
    {
      type: 'event',
      id: randomUUID(),
      ...page,
      event_type: 'typed',
      event_label: HER.email,
      event_data: { m: HER.phone },
    },
    { type: 'lead', id: randomUUID(), ...page, ...person, ...free },
  ];
  const batch = {
    domain_id: domainId,
    session_id: HER.session,
    visitor_id: HER.browser,
    sent_at: page.occurred_at,
  };
  const answer = await fetch(`${server.url}/api/collect`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', origin: SITE },
    body: JSON.stringify({ ...batch, items }),
  });
  expect(answer.status).toBe(202);
  const path = `/leads?external_id=${HER.external}`;
  const lead = await waitFor('the lead', () => askFirst(server, path));
  leadId = String(lead?.lead_id);
  await ask(server, 'POST', `/leads/${leadId}/stages`, {
    stage_name: 'won',
    stage_value: '199.00',
    reason: HER.secret,
  });
  await waitFor(
    'the CRM to be told',
    async () => crm.taken('lead.stage_changed').size + crm.taken('lead.created').size > 0,
  );
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Whatever she may be recognised by, in the clear or hashed as we and the platforms hash it. */
function needles(): string[] {
  const { ip, userAgent, email, phone, ...others } = HER;
  return [
    ...[ip, userAgent, email, phone, ...Object.values(others), ...tokens],
    ...['Zuleide', ZULEIDE.username ?? '', String(ZULEIDE.id)],
    ...[email, phone, `+${phone}`, 'zuleide', 'everywhere', HER.external, HER.browser, ...tokens].map(sha256),
    ...[String(ZULEIDE.id)].map(sha256),
    buildIpHash(SALT, ip) ?? '',
    buildVisitorId(SALT, { ip, userAgent, domainId }) ?? '',
  ];
}

async function searchTables(): Promise<string[]> {
  const handle = await openDatabase(world.server.database.options);
  try {
    return await searchDatabase(handle.db, openVault({ key: SECRET_KEY }), needles());
  } finally {
    await handle.close();
  }
}

/** Every file of the data directory; the embedded database's own are searched by its tables. */
function searchFiles(): string[] {
  const { dataDir } = world.server.database;
  return listFiles(dataDir).filter((name) => {
    const text = readFileSync(join(dataDir, name), 'latin1').toLowerCase();
    return needles().some((needle) => text.includes(needle.toLowerCase()));
  });
}

/** A directory of the embedded database is not even entered: its files come and go while they are listed. */
function listFiles(dataDir: string): string[] {
  const own = readdirSync(dataDir).filter((name) => name !== 'database');
  return own.flatMap((name) => {
    if (!statSync(join(dataDir, name)).isDirectory()) return [name];
    const inner = readdirSync(join(dataDir, name), { recursive: true, withFileTypes: true });
    const files = inner.filter((entry) => entry.isFile());
    return files.map((entry) => relative(dataDir, join(entry.parentPath, entry.name)));
  });
}

async function searchStore(): Promise<boolean> {
  const text = await STORE.read(STORE.url);
  return needles().some((needle) => text.includes(needle));
}

/** Of which tables the words of the log of looks and of proof may speak: ids of ours, not of hers. */
const tablesOf = (columns: readonly string[]): Set<string> =>
  new Set(columns.map((column) => column.split('.')[0] ?? ''));

/** Made of other tables, or read by nobody but the machine. */
const NOT_EXPORTED = new Set(['attributed_leads', 'attributed_payments', 'attributed_sales']);

async function listExported(): Promise<ReadonlySet<unknown>> {
  const sources = new Set<unknown>();
  for (const subject of [HER.email, `telegram:${ZULEIDE.id}`]) {
    const { records } = await ask(world.server, 'POST', '/privacy/export', { subject });
    for (const record of records as Json[]) sources.add(record.source);
  }
  return sources;
}

describe('a person', () => {
  it('stands everywhere before, and is told of all of it', async () => {
    await waitFor('the hot store', searchStore);
    expect(searchFiles()).toEqual([expect.stringContaining('log/')]);
    // Two looks at tables on which work goes on: what was written or cleared in between is the same in the next pair.
    await waitFor('the export to tell of every table', async () => {
      const columns = await searchTables();
      expect(columns.length).toBeGreaterThan(60);
      const sources = await listExported();
      const missing = [...tablesOf(columns)].filter(
        (table) => !sources.has(table) && !NOT_EXPORTED.has(table),
      );
      expect(missing).toEqual([]);
      return true;
    });
  });

  it('is nowhere afterwards: no table, file, store or memory of any process', {
    timeout: 300_000,
  }, async () => {
    const { server, telegram, bot } = world;
    const [, unpressed = ''] = tokens;
    telegram.simulator.pressStart(bot.username, unpressed, ZULEIDE);
    await waitFor('her second start', async () => {
      const user = await askFirst(server, `/bot-users?telegram_user_id=${ZULEIDE.id}`);
      return user?.tracking_session_id === unpressed;
    });
    for (const subject of [HER.email, `telegram:${ZULEIDE.id}`])
      await ask(server, 'POST', '/privacy/erase', { subject, reason: 'LGPD art. 18 VI' });
    await expectNobody(tokens);
    await waitFor('the stores to let go', async () => !(await searchStore()), { timeoutMs: 60_000 });
    // Lines that the drain had not come to yet are masked within a minute of the erasure.
    await waitFor('the files to be clean', () => searchFiles().length === 0, {
      timeoutMs: 120_000,
      everyMs: 500,
    });
    expect(await searchTables()).toEqual([]);
  });

  it('does not come back with a new start of the server', async () => {
    await world.server.restart();
    await expectNobody(tokens);
    expect([await searchTables(), searchFiles()]).toEqual([[], []]);
    // What is masked late is forgotten once more: a blank stands in its place for a second.
    await waitFor('the stores to hold no blanks', async () => !(await searchStore()));
  });
});

/** Somebody else presses her links: nobody's click is found, least of all in a memory. */
async function expectNobody(pressed: readonly string[]): Promise<void> {
  const { server, telegram, bot } = world;
  for (const token of pressed) {
    telegram.simulator.pressStart(bot.username, token, RUI);
    await telegram.nextMessage(bot, RUI, 'Bem-vindo');
    const user = await askFirst(server, `/bot-users?telegram_user_id=${RUI.id}`);
    expect(user).toMatchObject({ tracking_session_id: null, ip_hash: null, fbclid: null });
  }
  // His own start holds her token, which he brought himself.
  await ask(server, 'POST', '/privacy/erase', { subject: `telegram:${RUI.id}` });
}
