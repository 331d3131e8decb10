import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildBotAccess } from '../../src/bot/bot-access.ts';
import type { ChargeAnswer } from '../../src/bot/checkout.ts';
import { runDueUpdates } from '../../src/bot/due-updates.ts';
import { runOutbox } from '../../src/bot/outbox.ts';
import { oweMessages } from '../../src/bot/owe-message.ts';
import { UPDATE_CONTEXT } from '../../src/bot/receive-update.ts';
import { saveBotUser } from '../../src/bot/save-bot-user.ts';
import { buildId } from '../../src/domain/ids.ts';
import { saveBot } from '../../src/settings/bots.ts';
import { openRegistry } from '../../src/settings/registry.ts';
import type { Registry } from '../../src/settings/types.ts';
import { saveWorkspace } from '../../src/settings/workspaces.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { type FakeTelegram, startFakeTelegram } from '../support/fake-telegram.ts';
import { tools as leadTools } from './leads-world.ts';

const { vault } = leadTools;
const logger = pino({ level: 'silent' });

let database: OpenTestDatabase;
let telegram: FakeTelegram;
let workspaceId = '';
const registries: Registry[] = [];

beforeAll(async () => {
  database = await openTestDatabase();
  telegram = await startFakeTelegram();
  workspaceId = (await saveWorkspace(database.db, { name: 'Newly made' })).workspace_id;
});
afterAll(async () => {
  for (const registry of registries) registry.close();
  await database.close();
});

/** A bot that was made after a worker read the settings, a person who has started it, and what that worker works with. */
async function openWorker(username: string) {
  const { db } = database;
  const registry = await openRegistry({ db, vault, logger });
  registries.push(registry);
  const bot = telegram.makeBot(username);
  const names = { name: username, token: bot.token, telegramBotId: bot.token.split(':')[0] ?? '', username };
  const { bot_id: botId } = await saveBot(db, vault, { workspaceId, ...names, delivery: 'webhook' });
  const person = telegram.makePerson();
  telegram.simulator.pressStart(username, null, person);
  const { id: userId, firstName } = person;
  const said = { userId, chatId: userId, username: null, firstName, lastName: null, languageCode: 'pt' };
  await saveBotUser(db, vault, { workspaceId, botId, person: said, at: new Date() });
  const access = buildBotAccess({ registry, vault, bases: { telegram: telegram.url, simulator: null } });
  return { bot, botId, person, options: { ...access, db, logger, clock: Date } };
}

test('what a bot owes is sent, also by a worker that has not heard of the bot yet', async () => {
  const { bot, botId, person, options } = await openWorker('mal_feito_bot');
  const text = { html: 'Bem-vindo!', buttons: [], qrOf: null };
  const message = { workspaceId, botId, chatId: person.id, dedupeKey: `welcome:${botId}`, text };
  await oweMessages(database.db, vault, [message]);
  expect(await runOutbox(options)).toBe(1);
  expect(telegram.simulator.messagesOf(bot.username, person.id).map((one) => one.text)).toContain(
    'Bem-vindo!',
  );
});

test('a button of a bot is carried out, also by a worker that has not heard of the bot yet', async () => {
  const { botId, person, options } = await openWorker('mal_apertado_bot');
  const productId = buildId();
  const callback_query = {
    ...{ id: '1', chat_instance: '1', data: `buy:${productId}` },
    from: { id: person.id, is_bot: false, first_name: person.firstName },
    message: { message_id: 1, date: 1, chat: { id: person.id, type: 'private' } },
  };
  const body = vault.seal(JSON.stringify({ update_id: 1, callback_query }), UPDATE_CONTEXT);
  const row = { bot_id: botId, update_id: '1', state: 'due', body, received_at: new Date() };
  await database.db.insertInto('telegram_updates').values(row).execute();
  const asked: string[] = [];
  const checkout = {
    createCharge: async (request: { readonly productId: string }): Promise<ChargeAnswer> => {
      asked.push(request.productId);
      return { kind: 'no_product' };
    },
    checkPayment: async () => null,
  };
  expect(await runDueUpdates({ ...options, checkout })).toBe(1);
  expect(asked).toEqual([productId]);
});
