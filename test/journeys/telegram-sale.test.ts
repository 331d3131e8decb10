import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedPerson } from '../../src/simulators/telegram-types.ts';
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
  PIXEL_ID,
  paymentOf,
  type SalesWorld,
} from './sales-world.ts';

let world: SalesWorld;

beforeAll(async () => {
  world = await openSalesWorld();
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const userData = (event: Json) => event.user_data as Json;

async function openDelivery(deliveryToken: unknown): Promise<{ status: number; html: string }> {
  const response = await fetch(`${world.server.url}/delivery/${String(deliveryToken)}`);
  return { status: response.status, html: await response.text() };
}

const browserEventId = (html: string, name: string) =>
  new RegExp(`'track','${name}',\\{.*?\\},\\{eventID:'([^']+)'`).exec(html)?.[1];

describe('from an ad click to a sale in Telegram', () => {
  it('tells Meta of each step once, with the same ids as the browser', { timeout: 120_000 }, async () => {
    const { server, telegram, meta, bot } = world;
    const person = telegram.makePerson();
    const fbp = 'fb.1.1700000000000.1234567890';
    const query = 'fbclid=IwAR0AbC-_dEf&utm_source=facebook&utm_campaign=Black%20Friday&utm_id=42&aff=7';

    const { token, html, status } = await clickAd(world, query, { cookie: `_fbp=${fbp}` });
    expect(status).toBe(200);
    expect(browserEventId(html, 'PageView')).toBe(`evt_${token}`);
    expect(html).toContain(`https://t.me/${bot.username}?start=${token}`);

    const click = await waitFor('the click', async () => {
      const answer = await server.api('GET', `/clicks/${token}`);
      return answer.status === 200 ? (answer.body as Json) : null;
    });
    const fbc = String(click.fbc);
    expect(click).toMatchObject({
      fbclid: 'IwAR0AbC-_dEf',
      fbc_origin: 'generated',
      fbp,
      utm_source: 'facebook',
      utm_campaign: 'Black Friday',
      url_params: { aff: '7' },
      pageview_event_id: `evt_${token}`,
    });
    expect(fbc).toMatch(/^fb\.1\.\d{13}\.IwAR0AbC-_dEf$/);

    telegram.simulator.pressStart(bot.username, token, person);
    await telegram.nextMessage(bot, person, 'Bem-vindo à loja!');
    const user = await askFirst(server, `/bot-users?telegram_user_id=${person.id}`);
    expect(user).toMatchObject({ tracking_session_id: token, matched_by: 'token', fbc, fbp, utm_id: '42' });

    const code = await buy(world, person);
    expect(code.text).toMatch(/000201.*6304[0-9A-F]{4}/);
    const payment = await paymentOf(world, person);
    expect(payment).toMatchObject({
      status: 'pending',
      amount: '19.90',
      currency: 'BRL',
      tracking_token: token,
      fbc,
      fbp,
    });

    await ask(server, 'POST', `/payments/${payment.id}/simulate`, { event: 'paid' });
    const message = await telegram.nextMessage(bot, person, '/delivery/');
    const paid = await ask(server, 'GET', `/payments/${payment.id}`);
    expect(paid).toMatchObject({ status: 'paid', meta_event_id: `purchase_${payment.id}` });
    expect(message.text).toContain(String(paid.delivery_token));

    const page = await openDelivery(paid.delivery_token);
    expect(page.status).toBe(200);
    expect(browserEventId(page.html, 'Purchase')).toBe(`purchase_${payment.id}`);

    const events = {
      PageView: await eventAtMeta(world, `evt_${token}`),
      ViewContent: await eventAtMeta(world, `view_${token}`),
      InitiateCheckout: await eventAtMeta(world, `checkout_${payment.id}`),
      Purchase: await eventAtMeta(world, `purchase_${payment.id}`),
    };
    for (const [name, event] of Object.entries(events)) {
      expect(event).toMatchObject({ event_name: name, action_source: 'website' });
      expect(userData(event), name).toMatchObject({ fbc, fbp, client_ip_address: expect.any(String) });
      expect([userData(event).external_id].flat(), name).toContain(sha256(token));
    }
    expect([userData(events.Purchase).external_id].flat()).toContain(sha256(String(person.id)));
    expect(events.Purchase.custom_data).toMatchObject({ value: 19.9, currency: 'BRL' });
    const paidAt = Math.floor(Date.parse(String(paid.paid_at)) / 1000);
    expect(events.Purchase.event_time).toBe(paidAt);
    expect(meta.received.every((one) => one.pixelId === PIXEL_ID)).toBe(true);
  });

  it('changes nothing when everything is told again', { timeout: 120_000 }, async () => {
    const { server, telegram, meta, bot } = world;
    const person = telegram.makePerson('en');
    const { token } = await clickAd(world, 'fbclid=Replay1');
    const start = telegram.simulator.pressStart(bot.username, token, person);
    await telegram.nextMessage(bot, person, 'Bem-vindo');
    await replay(start);
    telegram.simulator.pressStart(bot.username, token, person);
    await telegram.nextMessage(bot, person, 'Bem-vindo');

    await buy(world, person);
    const payment = await paymentOf(world, person);
    await replay(buildPress(person));
    await waitFor('the code of the second press', () => codesOf(person).length === 2);
    for (let told = 0; told < 3; told += 1) {
      await ask(server, 'POST', `/payments/${payment.id}/simulate`, { event: 'paid' });
    }
    await telegram.nextMessage(bot, person, '/delivery/');
    const { delivery_token } = await ask(server, 'GET', `/payments/${payment.id}`);
    for (let reload = 0; reload < 5; reload += 1) await openDelivery(delivery_token);
    const ids = [`evt_${token}`, `view_${token}`, `checkout_${payment.id}`, `purchase_${payment.id}`];
    for (const id of ids) await eventAtMeta(world, id);
    await waitFor('everything that was told to be dealt with', async () => {
      const { queues } = await ask(server, 'GET', '/system/status');
      const { payment_checks: _, ...due } = queues as Record<string, number>;
      return Object.values(due).every((count) => count === 0);
    });

    expect(ids.map((id) => [id, meta.timesTaken(id)])).toEqual(ids.map((id) => [id, 1]));
    const payments = await ask(server, 'GET', `/payments?customer_user_id=${person.id}`);
    expect(payments.data).toHaveLength(1);
    const deliveries = telegram.simulator
      .messagesOf(bot.username, person.id)
      .filter((one) => one.text.includes('/delivery/'));
    expect(deliveries).toHaveLength(1);
    expect(codesOf(person)).toHaveLength(2);
  });

  it('tells the story of the sale', async () => {
    const person = world.telegram.makePerson();
    const { token } = await clickAd(world, 'fbclid=Story1&utm_campaign=historia');
    world.telegram.simulator.pressStart(world.bot.username, token, person);
    await world.telegram.nextMessage(world.bot, person, 'Bem-vindo');
    await buy(world, person);
    const payment = await paymentOf(world, person);
    await ask(world.server, 'POST', `/payments/${payment.id}/simulate`, { event: 'paid' });
    const { delivery_token } = await ask(world.server, 'GET', `/payments/${payment.id}`);
    await openDelivery(delivery_token);
    await eventAtMeta(world, `purchase_${payment.id}`);
    for (const ref of [token, String(payment.id), String(person.id)]) {
      const trace = await waitFor(`the whole trace of ${ref}`, async () => {
        const answer = await ask(world.server, 'GET', `/trace/${ref}`);
        const hops = answer.hops as Json[];
        return hops.filter((hop) => hop.receipt !== null).length >= 4 ? hops : null;
      });
      const kinds = trace.map((hop) => String(hop.kind));
      expect(kinds, ref).toEqual(expect.arrayContaining(['click', 'start']));
      expect(trace.find((hop) => hop.kind === 'start')).toMatchObject({ matched_by: 'token' });
    }
    const whyOf = async (query: string, language = '*') => {
      const response = await fetch(`${world.server.url}/api/v1/trace/${token}${query}`, {
        headers: { authorization: `Bearer ${TEST_API_KEY}`, 'accept-language': language },
      });
      const { hops } = (await response.json()) as { hops: Json[] };
      return hops[0]?.why;
    };
    expect(await whyOf('')).toMatch(/^A visitor clicked/);
    expect(await whyOf('', 'pt-BR,pt;q=0.9,en;q=0.8')).toMatch(/^Um visitante clicou/);
    expect(await whyOf('?lang=pt')).toMatch(/^Um visitante clicou/);
    expect(await whyOf('?lang=en', 'pt-BR')).toMatch(/^A visitor clicked/);
  });

  const codesOf = (person: SimulatedPerson) =>
    world.telegram.simulator
      .messagesOf(world.bot.username, person.id)
      .filter((one) => one.from === 'bot' && one.text.includes('000201'));

  /** Another press of the product's button, as Telegram words it. */
  const buildPress = (person: SimulatedPerson) => ({
    update_id: 900_000_001,
    callback_query: {
      id: 'replayed',
      from: { id: person.id, is_bot: false, first_name: person.firstName, language_code: 'en' },
      data: `buy:${world.productId}`,
      message: { message_id: 1, date: 1, chat: { id: person.id, type: 'private' } },
    },
  });

  /** Telegram tells an update again when it did not hear our answer. */
  async function replay(update: { readonly update_id: number }): Promise<void> {
    for (let time = 0; time < 2; time += 1) {
      const response = await fetch(`${world.server.url}/telegram/webhook/${world.bot.botId}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': world.bot.secret },
        body: JSON.stringify(update),
      });
      expect(response.status).toBe(200);
    }
  }
});
