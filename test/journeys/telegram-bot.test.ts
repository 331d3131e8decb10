import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type SimulatedPerson, tooManyRequests } from '../../src/simulators/telegram-types.ts';
import { waitFor } from '../support/wait-for.ts';
import { ask, askFirst, buy, clickAd, type Json, openSalesWorld, type SalesWorld } from './sales-world.ts';

let world: SalesWorld;

beforeAll(async () => {
  world = await openSalesWorld();
});

const WELCOME = 'Bem-vindo à loja!';

async function start(person: SimulatedPerson, payload: string | null): Promise<Json> {
  world.telegram.simulator.pressStart(world.bot.username, payload, person);
  await world.telegram.nextMessage(world.bot, person, WELCOME);
  const user = await askFirst(world.server, `/bot-users?telegram_user_id=${person.id}`);
  return user ?? {};
}

async function outcomeOf(person: SimulatedPerson): Promise<unknown> {
  return (await askFirst(world.server, `/bot-users?telegram_user_id=${person.id}`))?.last_start_outcome;
}

describe('/start', () => {
  it('gives a returning person the ids of the new click, and a bare /start erases nothing', async () => {
    const person = world.telegram.makePerson();
    const first = await clickAd(world, 'fbclid=First1&utm_campaign=um', {
      cookie: '_fbp=fb.1.1700000000000.11',
    });
    const second = await clickAd(world, 'gclid=Second2&utm_campaign=dois');
    expect(await start(person, first.token)).toMatchObject({
      tracking_session_id: first.token,
      fbclid: 'First1',
      fbp: 'fb.1.1700000000000.11',
      utm_campaign: 'um',
    });
    const newer = {
      tracking_session_id: second.token,
      fbclid: null,
      fbc: null,
      gclid: 'Second2',
      utm_campaign: 'dois',
    };
    expect(await start(person, second.token)).toMatchObject(newer);
    expect(await start(person, null)).toMatchObject({ ...newer, last_start_outcome: 'no_payload' });
    expect(await start(person, first.token)).toMatchObject(newer);
  });

  it('matches by the fbclid in the payload, plain or hashed, newest click first', async () => {
    const long = `IwAR${'z'.repeat(90)}`;
    await clickAd(world, 'fbclid=Same_3-x');
    const newest = await clickAd(world, 'fbclid=Same_3-x');
    const hashed = await clickAd(world, `fbclid=${long}`);
    const [one, other] = [world.telegram.makePerson(), world.telegram.makePerson()];
    expect(await start(one, 'fbclid_Same_3-x')).toMatchObject({
      matched_by: 'fbclid',
      tracking_session_id: newest.token,
    });
    const hash = createHash('sha256').update(long).digest('hex').slice(0, 32);
    expect(await start(other, `fbclid_${hash}`)).toMatchObject({
      tracking_session_id: hashed.token,
      fbclid: long,
    });
  });

  it('matches a person whose fbclid is known to a newer click of the same ad', async () => {
    const person = world.telegram.makePerson();
    const first = await clickAd(world, 'fbclid=Known4');
    await start(person, first.token);
    const second = await clickAd(world, 'fbclid=Known4');
    expect(await start(person, null)).toMatchObject({
      matched_by: 'known_fbclid',
      tracking_session_id: second.token,
    });
  });

  it('leaves the session null for a token of no click, and for another workspace’s', async () => {
    const person = world.telegram.makePerson();
    expect(await start(person, 'f'.repeat(32))).toMatchObject({ tracking_session_id: null });
    expect(await outcomeOf(person)).toBe('unknown_token');
    const { workspace_id } = await ask(world.server, 'POST', '/workspaces', { name: 'Outra empresa' });
    const { key } = await ask(world.server, 'POST', '/api-keys', {
      name: 'outra',
      scope: 'admin',
      workspace_id,
    });
    const bot = world.telegram.makeBot('outra_empresa_bot');
    const made = await world.server.api(
      'POST',
      '/bots',
      { name: 'O', telegram_token: bot.token },
      String(key),
    );
    const { bot_id } = made.body as Json;
    const pool = { slug: 'outra', name: 'O', bots: [{ bot_id, weight: 1 }] };
    expect((await world.server.api('POST', '/pools', pool, String(key))).status).toBe(201);
    const foreign = await fetch(`${world.server.url}/go/outra?fbclid=Foreign5`, { redirect: 'manual' });
    const token = /start=([0-9a-f]{32})/.exec(foreign.headers.get('location') ?? '')?.[1] ?? '';
    expect(token).not.toBe('');
    expect(await start(person, token)).toMatchObject({ tracking_session_id: null, fbclid: null });
    expect(await outcomeOf(person)).toBe('foreign_token');
    expect((await world.server.api('GET', `/clicks/${token}`)).status).toBe(404);
  });
});

describe('conversation', () => {
  it('waits as long as Telegram says, and keeps the order in the chat', async () => {
    const person = world.telegram.makePerson();
    await start(person, null);
    world.telegram.simulator.behave('sendPhoto', tooManyRequests(1));
    const before = Date.now();
    await buy(world, person);
    expect(Date.now() - before).toBeGreaterThan(1_000);
    const said = world.telegram.simulator.messagesOf(world.bot.username, person.id).slice(-2);
    expect(said.map((message) => message.photoId !== null)).toEqual([true, false]);
  });

  it('answers in the person’s language and says so while nothing is paid', async () => {
    const person = world.telegram.makePerson('en');
    await start(person, null);
    const code = await buy(world, person);
    expect(code.text).toContain('copy the PIX code');
    const paid = code.buttons.flat().find((button) => button.kind === 'callback');
    const copied = code.buttons.flat().find((button) => button.kind === 'copy');
    expect(copied).toMatchObject({ text: 'Copy PIX code' });
    if (paid?.kind !== 'callback') throw new Error('there is no button to say that it is paid');
    world.telegram.simulator.press(world.bot.username, paid.data, person);
    const answers = () => world.telegram.simulator.pressAnswersOf(world.bot.username, person.id);
    await waitFor('an answer to the button', () => answers().some((one) => /not received/.test(one.text)));
  });

  it('remembers that a person stopped the bot', async () => {
    const person = world.telegram.makePerson();
    await start(person, null);
    world.telegram.simulator.setBlocked(world.bot.username, person, true);
    await waitFor('the bot user to be blocked', async () => {
      const user = await askFirst(world.server, `/bot-users?telegram_user_id=${person.id}`);
      return user?.is_blocked === true;
    });
    expect(await start(person, null)).toMatchObject({ is_blocked: false });
  });

  it('polls for the updates when Telegram refuses the webhook', async () => {
    const bot = world.telegram.makeBot('sem_endereco_bot');
    const description = 'Bad Request: bad webhook: An HTTPS URL must be provided';
    world.telegram.simulator.behave('setWebhook', { kind: 'error', error: { code: 400, description } });
    const made = await ask(world.server, 'POST', '/bots', { name: 'S', telegram_token: bot.token });
    expect(made).toMatchObject({ delivery: 'polling' });
    const person = world.telegram.makePerson();
    const { token } = await clickAd(world, 'fbclid=Polled6');
    world.telegram.simulator.pressStart(bot.username, token, person);
    const user = await waitFor('the start to be polled', () =>
      askFirst(world.server, `/bot-users?telegram_user_id=${person.id}`),
    );
    expect(user).toMatchObject({ tracking_session_id: token });
  });
});
