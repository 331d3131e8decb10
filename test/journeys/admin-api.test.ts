import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TelegramSimulator } from '../../src/simulators/telegram.ts';
import { type ListeningTelegram, listenTelegram } from '../../src/simulators/telegram-server.ts';
import { type ApiAnswer, startTestServer, type TestServer } from '../support/server.ts';

const TOKEN = '4001:AAAA-first-bot-token';
const OTHER_TOKEN = '4002:BBBB-other-bot-token';
const NO_ID = '01900000-0000-7000-8000-000000000000';

let telegram: ListeningTelegram;
let server: TestServer;
const simulator = new TelegramSimulator({ now: Date.now, push: async () => null });

beforeAll(async () => {
  simulator.addBot({ token: TOKEN, username: 'primeiro_bot', name: 'Primeiro' });
  simulator.addBot({ token: OTHER_TOKEN, username: 'segundo_bot', name: 'Segundo' });
  telegram = await listenTelegram(simulator);
  server = await startTestServer({ env: { TELEGRAM_API_URL: telegram.url } });
});

afterAll(async () => {
  await server.kill();
  await telegram.close();
});

type Json = Record<string, unknown>;

async function ask(
  method: string,
  path: string,
  body?: unknown,
  key?: string,
): Promise<ApiAnswer & { json: Json }> {
  const answer = await server.api(method, path, body, key);
  return { ...answer, json: answer.body as Json };
}

const textOf = (value: unknown): string => String(value);
const pathsOf = (answer: { json: Json }): string[] =>
  (answer.json.errors as { path: string }[]).map((one) => one.path);

async function makeKey(scope: string, workspaceId?: string): Promise<string> {
  const extra = workspaceId === undefined ? {} : { workspace_id: workspaceId };
  const answer = await ask('POST', '/api-keys', { name: scope, scope, ...extra });
  expect(answer.status).toBe(201);
  return textOf(answer.json.key);
}

let botId = '';
let poolId = '';

describe('bots', () => {
  test('are saved when Telegram knows the token, and get a webhook', async () => {
    const answer = await ask('POST', '/bots', {
      name: 'Loja',
      telegram_token: TOKEN,
      welcome_message: 'Oi!',
    });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      username: 'primeiro_bot',
      telegram_bot_id: '4001',
      has_telegram_token: true,
    });
    expect(JSON.stringify(answer.json)).not.toContain('AAAA');
    expect(simulator.calls).toEqual(expect.arrayContaining(['getMe', 'setWebhook']));
    botId = textOf(answer.json.bot_id);
  });

  test('are refused with an unknown token, and cannot lead the call elsewhere', async () => {
    const unknown = await ask('POST', '/bots', { name: 'x', telegram_token: '9:nobody' });
    expect(unknown.status).toBe(422);
    expect(pathsOf(unknown)).toEqual(['telegram_token']);
    const calls = simulator.calls.length;
    for (const token of ['4001:A/../../x', '4001:A?x=1', '4001:A#', '%2e%2e/', '4001:A B']) {
      expect((await ask('POST', '/bots', { name: 'x', telegram_token: token })).status).toBe(422);
    }
    expect(simulator.calls).toHaveLength(calls);
  });

  test('are refused while the same bot is active', async () => {
    expect((await ask('POST', '/bots', { name: 'again', telegram_token: TOKEN })).status).toBe(409);
  });

  test('lose the webhook when they are switched off, and get it back', async () => {
    expect((await ask('PATCH', `/bots/${botId}`, { is_active: false })).json.is_active).toBe(false);
    expect(simulator.calls.at(-1)).toBe('deleteWebhook');
    const back = await ask('PATCH', `/bots/${botId}`, { is_active: true });
    expect(back.json).toMatchObject({ is_active: true, username: 'primeiro_bot' });
    expect(simulator.calls).toContain('setWebhook');
  });

  test('answer 503 with advice when Telegram is away', async () => {
    simulator.behave('getMe', { kind: 'error', error: { code: 502, description: 'Bad Gateway' } });
    const answer = await ask('POST', '/bots', { name: 'x', telegram_token: OTHER_TOKEN });
    expect(answer.status).toBe(503);
    expect(answer.json.detail).toMatch(/try again/);
  });
});

describe('products', () => {
  test('take money as a decimal string above zero', async () => {
    const product = { bot_id: botId, name: 'Curso', amount: '19.9', delivery_url: 'https://example.com/x' };
    const made = await ask('POST', '/products', product);
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ amount: '19.90', currency: 'BRL' });
    for (const amount of ['0', '-1', '1e9', '19.999', '', 19.9, null]) {
      const answer = await ask('POST', '/products', { ...product, amount });
      expect([answer.status, pathsOf(answer)]).toEqual([422, ['amount']]);
    }
    for (const delivery_url of ['javascript:alert(1)', 'ftp://x.y/z', '/x', 'https://']) {
      expect((await ask('POST', '/products', { ...product, delivery_url })).status).toBe(422);
    }
  });
});

describe('pools', () => {
  test('hold their bots, pixel and gate, and never show the token', async () => {
    const answer = await ask('POST', '/pools', {
      slug: 'promo',
      name: 'Promo',
      bots: [{ bot_id: botId, weight: 2 }],
      meta_tracking_enabled: true,
      meta_pixel_id: '1234567890',
      meta_access_token: 'EAAB-pixel-token',
      gate: { link_key: 'abc', allowed_countries: ['BR'] },
    });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      bots: [{ bot_id: botId, weight: 2, is_enabled: true, total_redirects: 0 }],
      total_redirects: 0,
      meta_pixel_id: '1234567890',
      has_meta_access_token: true,
      meta_destination: { is_active: true, is_paused: false },
      gate: { link_key: 'abc', allowed_countries: ['BR'], block_bots: false },
    });
    expect(JSON.stringify(answer.json)).not.toContain('EAAB');
    poolId = textOf(answer.json.pool_id);
    expect((await fetch(`${server.url}/go/promo?grim=abc`)).status).toBe(200);
  });

  test('say which field is wrong', async () => {
    expect((await ask('POST', '/pools', { slug: 'promo' })).status).toBe(409);
    const answer = await ask('POST', '/pools', {
      slug: 'No Way',
      meta_pixel_id: 'abc',
      surprise: 1,
      gate: { link_kay: 'x' },
      bots: [{ bot_id: botId, weight: -1 }],
    });
    expect(answer.status).toBe(422);
    expect(pathsOf(answer).sort()).toEqual([
      'bots.0.weight',
      'gate.link_kay',
      'meta_pixel_id',
      'slug',
      'surprise',
    ]);
    const foreign = await ask('POST', '/pools', { slug: 'other', bots: [{ bot_id: NO_ID }] });
    expect([foreign.status, pathsOf(foreign)]).toEqual([422, ['bots.0.bot_id']]);
  });

  test('own their pixel: it is no destination of the workspace', async () => {
    expect((await ask('GET', '/destinations')).json.data).toEqual([]);
    const all = (await ask('GET', '/destinations?include=pool')).json.data as Json[];
    expect(all).toMatchObject([{ pool_id: poolId, platform: 'meta', settings: { pixel_id: '1234567890' } }]);
    expect(
      (await ask('PATCH', `/destinations/${textOf(all[0]?.destination_id)}`, { name: 'x' })).status,
    ).toBe(409);
  });
});

describe('gateways and destinations', () => {
  test('check what each vendor needs', async () => {
    const first = await ask('POST', '/gateways', { gateway: 'sandbox', credentials: {} });
    expect(first.json).toMatchObject({ is_default: true, is_simulated: true });
    expect(first.json.webhook_url).toBe(
      `${server.url}/webhooks/payments/sandbox/${textOf(first.json.account_id)}`,
    );
    const bad = await ask('POST', '/gateways', { gateway: 'pushinpay', credentials: { token: 't', x: 1 } });
    expect(pathsOf(bad).sort()).toEqual(['credentials.webhook_token', 'credentials.x']);
    expect((await ask('POST', '/gateways', { gateway: 'bank' })).status).toBe(422);
    const platform = await ask('POST', '/destinations', { platform: 'myspace', credentials: {} });
    expect(pathsOf(platform)).toEqual(['platform']);
    const made = await ask('POST', '/destinations', {
      platform: 'meta',
      credentials: { access_token: 'EAAB-other' },
      settings: { pixel_id: '777' },
    });
    expect(made.status).toBe(201);
    expect(JSON.stringify(made.json)).not.toContain('EAAB');
  });
});

describe('lists', () => {
  test('are cut into pages by cursor', async () => {
    for (const slug of ['p1', 'p2', 'p3']) await ask('POST', '/pools', { slug });
    const slugs: unknown[] = [];
    let cursor: unknown = null;
    do {
      const page = await ask('GET', `/pools?limit=2${cursor === null ? '' : `&cursor=${textOf(cursor)}`}`);
      slugs.push(...(page.json.data as Json[]).map((pool) => pool.slug));
      cursor = page.json.next_cursor;
    } while (cursor !== null);
    expect(slugs).toEqual(['p3', 'p2', 'p1', 'promo']);
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'cursor=zzz', 'colour=red', 'slug=%00']) {
      expect((await ask('GET', `/pools?${query}`)).status).toBe(422);
    }
  });
});

describe('keys and workspaces', () => {
  test('a key may do what its scope says and no more', async () => {
    const [read, write] = [await makeKey('read'), await makeKey('write')];
    expect((await ask('GET', '/pools', undefined, read)).status).toBe(200);
    expect((await ask('POST', '/pools', { slug: 'r' }, read)).status).toBe(403);
    expect((await ask('POST', '/pools', { slug: 'w' }, write)).status).toBe(201);
    expect((await ask('GET', '/api-keys', undefined, write)).status).toBe(403);
    expect((await ask('GET', '/pools', undefined, 'nonsense')).status).toBe(401);
    expect((await fetch(`${server.url}/api/v1/pools`)).headers.get('content-type')).toMatch(/problem\+json/);
  });

  test('another workspace sees nothing of this one', async () => {
    const made = await ask('POST', '/workspaces', { name: 'Outra', currency: 'USD' });
    expect(made.status).toBe(201);
    const key = await makeKey('admin', textOf(made.json.workspace_id));
    expect((await ask('GET', '/pools', undefined, key)).json.data).toEqual([]);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? {} : undefined;
      expect((await ask(method, `/pools/${poolId}`, body, key)).status).toBe(404);
      expect((await ask(method, `/bots/${botId}`, body, key)).status).toBe(404);
    }
    const foreign = await ask('POST', '/pools', { slug: 'x', bots: [{ bot_id: botId }] }, key);
    expect(pathsOf(foreign)).toEqual(['bots.0.bot_id']);
    expect((await ask('POST', '/workspaces', { name: 'Terceira' }, key)).status).toBe(403);
    expect((await ask('POST', '/workspaces', { name: 'Outra' })).status).toBe(409);
  });

  test('a revoked key is refused', async () => {
    const made = await ask('POST', '/api-keys', { name: 'short', scope: 'read' });
    const key = textOf(made.json.key);
    expect((await ask('GET', '/bots', undefined, key)).status).toBe(200);
    const revoked = await ask('DELETE', `/api-keys/${textOf(made.json.key_id)}`);
    expect(revoked.json.revoked_at).not.toBeNull();
    expect((await ask('GET', '/bots', undefined, key)).status).toBe(401);
  });
});

describe('removal', () => {
  test('switches off what has a history and deletes the rest', async () => {
    expect((await ask('DELETE', `/bots/${botId}`)).json).toEqual({ result: 'deactivated' });
    expect(simulator.calls.at(-1)).toBe('deleteWebhook');
    const pool = (await ask('GET', '/pools?slug=p1')).json.data as Json[];
    expect((await ask('DELETE', `/pools/${textOf(pool[0]?.pool_id)}`)).json).toEqual({ result: 'deleted' });
    expect((await ask('DELETE', `/pools/${NO_ID}`)).status).toBe(404);
  });
});
