import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { botTexts } from '../../src/bot/texts.ts';
import { openDatabase } from '../../src/io/database.ts';
import { openVault } from '../../src/io/vault.ts';
import type { SimulatedPerson } from '../../src/simulators/telegram-types.ts';
import { searchDatabase } from '../support/search-database.ts';
import { TEST_API_KEY } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  ask,
  askFirst,
  buy,
  clickAd,
  eventAtMeta,
  type Json,
  openSalesWorld,
  paymentOf,
  type SalesWorld,
} from './sales-world.ts';

/** So much of what a server said is kept. */
const KEPT_OUTPUT = 20_000;
const SECRET_KEY = 'the secret key of the privacy journey, long enough';
const SITE = 'https://loja.example';
const IP = '189.55.66.77';
const FBCLID = 'IwARprivacyjourney77';
const EMAIL = 'marina.privacy@padaria.example';
const PHONE = '5511987651234';
const SESSION = 'session-of-marina';
const MARINA: SimulatedPerson = {
  ...{ id: 687_654_321, firstName: 'Marinalva', lastName: 'Quasimodo', username: 'marinalva_q' },
  languageCode: 'pt-br',
};

let world: SalesWorld;
let domainId: string;
let token = '';
let payment: Json;
const lines = new Set<string>();
let listening: NodeJS.Timeout;

/**
 * The server keeps the last of what it said only; everything it ever said is looked through here. A line that is cut,
 * where it was kept from or as far as it has come, is another one than was said.
 */
function listen(): void {
  const output = world.server.output();
  const from = output.length < KEPT_OUTPUT ? 0 : output.indexOf('\n') + 1;
  for (const line of output.slice(from, output.lastIndexOf('\n') + 1).split('\n')) lines.add(line);
}

beforeAll(async () => {
  world = await openSalesWorld({
    ...{ SECRET_KEY, IP_HASH_SALT: 'the salt of the privacy journey, long enough for it' },
    ...{ TRUST_PROXY: '1', LOG_LEVEL: 'debug' },
  });
  listening = setInterval(listen, 20);
  const made = await ask(world.server, 'POST', '/domains', { domain_name: 'Loja', domain_url: SITE });
  domainId = String(made.domain_id);
  await sell();
  await leaveLead();
});
afterAll(() => clearInterval(listening));

/** From the click to the paid sale. */
async function sell(): Promise<void> {
  const { server, telegram, bot } = world;
  const query = `fbclid=${FBCLID}&utm_source=facebook&utm_campaign=natal`;
  ({ token } = await clickAd(world, query, { 'x-forwarded-for': IP }));
  await waitFor('the click', async () => (await server.api('GET', `/clicks/${token}`)).status === 200);
  telegram.simulator.pressStart(bot.username, token, MARINA);
  await telegram.nextMessage(bot, MARINA, 'Bem-vindo');
  await buy(world, MARINA);
  payment = await paymentOf(world, MARINA);
  await ask(server, 'POST', `/payments/${payment.id}/simulate`, { event: 'paid' });
  await telegram.nextMessage(bot, MARINA, '/delivery/');
  const { delivery_token } = await ask(server, 'GET', `/payments/${payment.id}`);
  await fetch(`${server.url}/delivery/${String(delivery_token)}`);
  await eventAtMeta(world, `purchase_${payment.id}`);
}

const collect = (body: string): Promise<Response> =>
  fetch(`${world.server.url}/api/collect`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: SITE, 'x-forwarded-for': IP },
    body,
  });

async function leaveLead(): Promise<void> {
  const page = { occurred_at: new Date().toISOString(), page_url: `${SITE}/?fbclid=${FBCLID}` };
  const person = { name: 'Marinalva Quasimodo', email: EMAIL, phone: `+${PHONE}`, message: `Sou ${EMAIL}` };
  const items = [
    { type: 'page_view', id: randomUUID(), ...page, title: EMAIL },
    { type: 'lead', id: randomUUID(), ...page, ...person },
  ];
  const batch = { domain_id: domainId, session_id: SESSION, sent_at: new Date().toISOString(), items };
  expect((await collect(JSON.stringify(batch))).status).toBe(202);
  await waitFor('the lead', () => askFirst(world.server, `/leads?email=${encodeURIComponent(EMAIL)}`));
}

/** Requests that fail in every way, each with something of hers in it. */
async function provoke(): Promise<void> {
  const { server, bot } = world;
  await collect(`{"domain_id":"${domainId}","items":[{"email":"${EMAIL}`);
  await server.api('POST', '/privacy/erase', { subject: `${EMAIL} ${PHONE}` });
  await server.api('GET', `/leads?email=${EMAIL}&limit=${PHONE}`);
  await server.api('POST', '/products', { bot_id: EMAIL, name: PHONE });
  await server.api('GET', `/trace/${EMAIL}`);
  await server.api('GET', '/leads', undefined, `rastro_${token}`);
  const update = JSON.stringify({
    update_id: 1,
    message: { text: EMAIL, from: { first_name: 'Marinalva' } },
  });
  const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': bot.secret };
  await fetch(`${server.url}/telegram/webhook/${bot.botId}`, {
    method: 'POST',
    headers,
    body: update.slice(9),
  });
  await fetch(`${server.url}/telegram/webhook/${bot.botId}`, {
    ...{ method: 'POST', headers: { ...headers, 'x-telegram-bot-api-secret-token': EMAIL }, body: update },
  });
  await fetch(`${server.url}/go/unknown?fbclid=${FBCLID}&email=${EMAIL}`, {
    headers: { 'x-forwarded-for': IP },
  });
  await pressOldButton(headers);
}

/** A button of a product that is gone, which no chat shows any more; the worker has dealt with it when she is told so. */
async function pressOldButton(headers: Readonly<Record<string, string>>): Promise<void> {
  const { server, telegram, bot } = world;
  const { id, firstName: first_name, lastName: last_name, username } = MARINA;
  const from = { id, is_bot: false, first_name, last_name, username, language_code: MARINA.languageCode };
  const callback_query = {
    ...{ id: 'of-old', from, data: `buy:${randomUUID()}` },
    message: { message_id: 1, date: 1, chat: { id, type: 'private' } },
  };
  const body = JSON.stringify({ update_id: 900_000_001, callback_query });
  const answer = await fetch(`${server.url}/telegram/webhook/${bot.botId}`, {
    method: 'POST',
    headers,
    body,
  });
  expect(answer.status).toBe(200);
  await telegram.nextMessage(bot, MARINA, botTexts.pt.gone);
}

/** What her person is found by; the keyed hashes follow from these. */
const needles = () => [
  ...[EMAIL, PHONE, 'Marinalva', 'Quasimodo', 'marinalva_q', String(MARINA.id), token, FBCLID, IP, SESSION],
];

async function search(): Promise<string[]> {
  const handle = await openDatabase(world.server.database.options);
  try {
    return await searchDatabase(handle.db, openVault({ key: SECRET_KEY }), needles());
  } finally {
    await handle.close();
  }
}

function readLog(): string {
  const directory = join(world.server.database.dataDir, 'log');
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => /\.(log|bin)$/.test(name));
  return files.map((name) => readFileSync(join(directory, name), 'latin1')).join('');
}

async function readLogState(): Promise<Json> {
  return (await ask(world.server, 'GET', '/system/status')).capture_log as Json;
}

function rastro(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
  const { env } = world.server.database;
  return spawnSync(process.execPath, [main, ...words], {
    ...{ encoding: 'utf8', cwd: world.server.database.dataDir },
    env: {
      PATH: process.env.PATH,
      ...env,
      SECRET_KEY,
      IP_HASH_SALT: 'the salt of the privacy journey, long enough for it',
    },
  });
}

describe('what the server says of itself', () => {
  it('holds nothing of a person, and no credential', async () => {
    await provoke();
    await new Promise((resolve) => setTimeout(resolve, 500));
    listen();
    const text = [...lines].join('\n');
    expect(text.length).toBeGreaterThan(200);
    const secrets = [
      world.bot.token,
      world.bot.secret,
      'EAAtest-token-of-the-tests',
      TEST_API_KEY,
      SECRET_KEY,
    ];
    const found = [...needles(), ...secrets].filter((needle) => text.includes(needle));
    expect(found).toEqual([]);
    const strangers = [...lines].filter(
      (line) => /[\w.+-]+@[\w-]+\.[a-z]{2,}/i.test(line) && !line.includes('admin'),
    );
    expect(strangers).toEqual([]);
  });
});

describe('a data subject', () => {
  it('gets everything, with who was sent what', async () => {
    const answer = await ask(world.server, 'POST', '/privacy/export', { subject: `telegram:${MARINA.id}` });
    const { records, recipients } = answer as { records: Json[]; recipients: Json[] };
    const sources = new Set(records.map((record) => record.source));
    for (const source of ['bot_users', 'clicks', 'payments', 'conversions', 'platform_sync_log'])
      expect(sources).toContain(source);
    expect(JSON.stringify(records)).toContain('Quasimodo');
    expect(recipients.map((one) => one.recipient)).toContain('meta');
    const bySite = rastro('privacy', 'export', '--subject', EMAIL);
    expect(bySite.status, bySite.stderr).toBe(0);
    expect(JSON.parse(bySite.stdout).records.map((one: Json) => one.source)).toContain('leads');
  });

  it('is erased everywhere, and the sale stays', async () => {
    expect((await search()).length).toBeGreaterThan(20);
    expect(readLog()).toContain(EMAIL);
    // The log is masked as far as it is folded; what the drain has not come to yet is masked later.
    await waitFor('the log to be folded', async () => (await readLogState()).lag_bytes === 0);
    await ask(world.server, 'POST', '/privacy/erase', { subject: EMAIL, reason: 'LGPD art. 18 VI' });
    const erased = rastro('privacy', 'erase', '--subject', `telegram:${MARINA.id}`, '--json');
    expect(erased.status, erased.stderr).toBe(0);
    expect(JSON.parse(erased.stdout)).toMatchObject({ counts: { bot_users: 1, payments: 1, clicks: 1 } });
    expect(await search()).toEqual([]);
    const log = readLog();
    for (const needle of needles()) expect(log).not.toContain(needle);
    const kept = await ask(world.server, 'GET', `/payments/${payment.id}`);
    expect(kept).toMatchObject({ status: 'paid', amount: '19.90' });
    const { data } = await ask(world.server, 'GET', '/privacy/runs');
    // Those of the nightly job are nobody's wish.
    const asked = (data as Json[]).filter((run) => run.actor !== 'job');
    expect(asked.map((run) => run.kind)).toEqual(['erase', 'erase', 'export', 'export']);
  });

  it('stays erased when the server starts again, and may come back as somebody new', async () => {
    await world.server.restart();
    expect(await search()).toEqual([]);
    await sell();
    expect(await askFirst(world.server, `/bot-users?telegram_user_id=${MARINA.id}`)).toMatchObject({
      tracking_session_id: token,
    });
  });
});

describe('the operator', () => {
  it('sees what would be cleared, and the record of processing', async () => {
    const run = rastro('privacy', 'run', '--dry-run', '--json');
    expect(run.status, run.stderr).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ is_dry_run: true, archived: [] });
    const record = await ask(world.server, 'GET', '/privacy/record');
    expect(record).toMatchObject({ retention: { ip_days: 7, lead_days: 183 } });
    expect((record.recipients as Json[]).map((one) => one.name).sort()).toEqual([
      'meta',
      'sandbox',
      'telegram',
    ]);
  });

  it('is let in only with an admin key', async () => {
    const { key } = await ask(world.server, 'POST', '/api-keys', { name: 'Leitura', scope: 'write' });
    const body = { subject: EMAIL };
    expect((await world.server.api('POST', '/privacy/erase', body, String(key))).status).toBe(403);
    expect((await world.server.api('POST', '/privacy/export', { subject: 'nobody' })).status).toBe(422);
  });
});
