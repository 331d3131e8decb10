import { afterAll, expect } from 'vitest';
import { MetaSimulator } from '../../src/simulators/meta.ts';
import { listenSimulator } from '../../src/simulators/simulator-server.ts';
import type { ChatMessage, SimulatedPerson } from '../../src/simulators/telegram-types.ts';
import { type FakeBot, type FakeTelegram, startFakeTelegram } from '../support/fake-telegram.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';

/** A shop that sells in Telegram: the real server with a bot, a product, the sandbox gateway and a pool with a pixel. */
export interface SalesWorld {
  readonly server: TestServer;
  readonly telegram: FakeTelegram;
  readonly meta: MetaSimulator;
  readonly bot: FakeBot & { readonly botId: string; readonly secret: string };
  readonly productId: string;
  readonly pool: { readonly poolId: string; readonly slug: string };
}

/** An answer of the API whose shape the test itself checks. */
export type Json = { readonly [key: string]: unknown };

/** The pixel of the pool. */
export const PIXEL_ID = '123456789012345';

const SECRET = 'a-webhook-secret-of-the-tests';
let made = 0;

/** Asks the API and expects a success; returns the body. */
export async function ask(server: TestServer, method: string, path: string, body?: unknown): Promise<Json> {
  const answer = await server.api(method, path, body);
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body as Json;
}

/** The first of a list, or undefined. */
export async function askFirst(server: TestServer, path: string): Promise<Json | undefined> {
  const { data } = await ask(server, 'GET', path);
  return (data as Json[])[0];
}

/** Starts the simulators and the server and configures the shop; all of it ends after the file's last test. */
export async function openSalesWorld(env: Readonly<Record<string, string>> = {}): Promise<SalesWorld> {
  const telegram = await startFakeTelegram();
  const meta = new MetaSimulator({ now: () => Date.now() });
  const listening = await listenSimulator(meta);
  afterAll(() => listening.close());
  const server = await startTestServer({
    env: { TELEGRAM_API_URL: telegram.url, META_GRAPH_URL: listening.url, ...env },
  });
  const bot = await makeBot(server, telegram);
  await ask(server, 'POST', '/gateways', { gateway: 'sandbox', credentials: {} });
  const product = { bot_id: bot.botId, name: 'Curso <Pão & Cia>', amount: '19.90' };
  const delivery_url = 'https://entrega.example/curso';
  const { product_id } = await ask(server, 'POST', '/products', { ...product, delivery_url });
  const pool = await makePool(server, bot.botId, {});
  return { server, telegram, meta, bot, productId: String(product_id), pool };
}

/** Makes a bot in the simulated Telegram and configures it. */
async function makeBot(server: TestServer, telegram: FakeTelegram): Promise<SalesWorld['bot']> {
  made += 1;
  const bot = telegram.makeBot(`loja_${made}_bot`);
  const { bot_id, username, delivery } = await ask(server, 'POST', '/bots', {
    name: 'Loja',
    telegram_token: bot.token,
    webhook_secret: SECRET,
    welcome_message: 'Bem-vindo à loja!',
  });
  expect({ username, delivery }).toEqual({ username: bot.username, delivery: 'webhook' });
  return { ...bot, botId: String(bot_id), secret: SECRET };
}

/** Makes a pool with a pixel over one bot. */
async function makePool(server: TestServer, botId: string, more: Json): Promise<SalesWorld['pool']> {
  made += 1;
  const slug = `oferta-${made}`;
  const { pool_id } = await ask(server, 'POST', '/pools', {
    slug,
    name: 'Oferta',
    bots: [{ bot_id: botId, weight: 1, is_enabled: true }],
    meta_tracking_enabled: true,
    meta_pixel_id: PIXEL_ID,
    meta_access_token: 'EAAtest-token-of-the-tests',
    meta_events_pageview: true,
    meta_events_viewcontent: true,
    meta_events_purchase: true,
    ...more,
  });
  return { poolId: String(pool_id), slug };
}

/** A click on the ad, as the browser makes it. */
export async function clickAd(
  world: SalesWorld,
  query: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ token: string; html: string; status: number }> {
  const response = await fetch(`${world.server.url}/go/${world.pool.slug}?${query}`, {
    redirect: 'manual',
    headers: {
      'user-agent':
        'Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36',
      'accept-language': 'pt-BR,pt;q=0.9',
      ...headers,
    },
  });
  const html = await response.text();
  const token = /start=([0-9a-f]{32})/.exec(html + (response.headers.get('location') ?? ''))?.[1] ?? '';
  return { token, html, status: response.status };
}

/** Presses the product's button and waits for the code to copy. */
export async function buy(world: SalesWorld, person: SimulatedPerson): Promise<ChatMessage> {
  const pressed = world.telegram.simulator.press(world.bot.username, `buy:${world.productId}`, person);
  expect(pressed).not.toBeNull();
  return world.telegram.nextMessage(world.bot, person, '000201');
}

/** The payment of a person, once it is there. */
export async function paymentOf(world: SalesWorld, person: SimulatedPerson): Promise<Json> {
  return waitFor('the payment', () => askFirst(world.server, `/payments?customer_user_id=${person.id}`));
}

/** The first event that Meta took under this id. */
export async function eventAtMeta(world: SalesWorld, eventId: string): Promise<Json> {
  return waitFor(
    `${eventId} at Meta`,
    () => world.meta.received.find((one) => one.event.event_id === eventId)?.event,
    // Some are held for what the browser may still tell.
    { timeoutMs: 60_000 },
  );
}
