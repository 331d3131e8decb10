import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { runOutbox } from '../../src/bot/outbox.ts';
import { oweMessages } from '../../src/bot/owe-message.ts';
import { takeLane } from '../../src/broadcasts/lanes.ts';
import { prepareBatch } from '../../src/broadcasts/prepare.ts';
import { claimRecipient } from '../../src/broadcasts/recipients.ts';
import { resumeBroadcast, retryRecipients } from '../../src/broadcasts/transitions.ts';
import { SERVER_FAULT, type SimulatedPerson, tooManyRequests } from '../../src/simulators/telegram-types.ts';
import { waitFor } from '../support/wait-for.ts';
import { type BroadcastsWorld, openBroadcastsWorld, type WorldBot } from './broadcasts-world.ts';

/** For an answer that never comes. */
const WAITED_SECONDS = 6;

let world: BroadcastsWorld;
let bot: WorldBot;
beforeAll(async () => {
  world = await openBroadcastsWorld(WAITED_SECONDS);
});
afterEach(() => world.rest());
afterAll(() => world.close());

/** A new bot with so many people. */
async function setUp(count: number): Promise<SimulatedPerson[]> {
  bot = await world.makeBot();
  return world.people(count, bot);
}

const saidTo = (people: readonly SimulatedPerson[]): number[] =>
  people.map((one) => world.said(bot, one).length);

test('a bot that Telegram tells to wait waits as a whole, and its other messages with it', async () => {
  const people = await setUp(6);
  world.telegram.simulator.behave('sendMessage', tooManyRequests(2));
  const key = await world.start([bot]);
  world.work(2);
  const wait = await waitFor('the wait', () =>
    world.db.selectFrom('bot_waits').selectAll().where('bot_id', '=', bot.botId).executeTakeFirst(),
  );
  const [first] = people;
  const { workspaceId, db, tools } = world;
  const text = { html: 'Aqui está', buttons: [], qrOf: null };
  const owed = { workspaceId, botId: bot.botId, chatId: first?.id ?? 0, dedupeKey: 'a reply', text };
  await oweMessages(db, tools.vault, [owed]);
  const tried = await runOutbox(tools);
  // Unless the machine was so slow that the wait was over.
  expect(tried === 0 || Date.now() >= wait.wait_until.getTime()).toBe(true);
  expect((await world.until(key, 'done')).progress.counts).toMatchObject({ sent: 6, failed: 0, unknown: 0 });
  expect(saidTo(people)).toEqual([1, 1, 1, 1, 1, 1]);
  // Telegram's clock and the database's are one machine's here; the calls under way at that moment were answered before.
  const held = people.filter((one) => (world.said(bot, one)[0]?.at ?? 0) >= wait.wait_until.getTime() - 50);
  expect(held.length).toBeGreaterThan(0);
  expect(tried + (await runOutbox(tools))).toBe(1);
  expect(saidTo(people)).toEqual([2, 1, 1, 1, 1, 1]);
});

test('what Telegram did not answer is unknown, not sent again by itself, and by a person it is', async () => {
  const people = await setUp(4);
  world.telegram.simulator.behave('sendMessage', { kind: 'lost' }, { kind: 'silent' });
  const key = await world.start([bot]);
  world.work();
  const seen = await world.until(key, 'done');
  expect(seen.progress.counts).toMatchObject({ sent: 2, unknown: 2 });
  expect(seen.progress.reasons).toEqual([{ state: 'unknown', reason: 'no_answer', people: 2 }]);
  // The lost one was carried out.
  expect(saidTo(people).sort()).toEqual([0, 1, 1, 1]);
  expect(await retryRecipients(world.db, key, { state: 'unknown', botUserIds: null })).toEqual({
    kind: 'queued',
    people: 2,
  });
  expect((await world.until(key, 'done')).progress.counts).toMatchObject({ sent: 4, unknown: 0 });
  expect(saidTo(people).sort()).toEqual([1, 1, 1, 2]);
});

test('a fault of Telegram is tried again; who blocked the bot, or is no chat, is not, and is remembered', async () => {
  const people = await setUp(4);
  const [blocked] = people;
  const stranger = world.telegram.makePerson();
  if (!blocked) throw new Error('there are four');
  world.telegram.simulator.setBlocked(bot.username, blocked, true);
  await world.join(bot, stranger, false);
  world.telegram.simulator.behave('sendMessage', SERVER_FAULT);
  const key = await world.start([bot]);
  world.work();
  const { counts } = (await world.until(key, 'done')).progress;
  expect(counts).toMatchObject({ sent: 3, failed: 2 });
  const results = await world.results(key);
  expect(results.get(String(blocked.id))).toEqual(['failed', 'blocked']);
  expect(results.get(String(stranger.id))).toEqual(['failed', 'no_chat']);
  const again = await world.until(await world.start([bot]), 'done');
  expect(again.progress.reasons).toContainEqual({ state: 'skipped', reason: 'blocked', people: 1 });
});

test('a message that Telegram refuses pauses the broadcast with the reason; a revoked token at once', async () => {
  const people = await setUp(30);
  const refusal = {
    kind: 'error',
    error: { code: 400, description: 'Bad Request: BUTTON_URL_INVALID' },
  } as const;
  world.telegram.simulator.behave('sendMessage', ...Array.from({ length: 4 }, () => refusal));
  const key = await world.start([bot], { rate_per_second: 10 });
  world.work();
  const paused = await world.until(key, 'paused');
  expect(paused.pause_reason).toBe('Telegram refuses the message: Bad Request: BUTTON_URL_INVALID');
  await waitFor('the calls under way', async () => (await world.see(key)).progress.counts.sending === 0);
  const { failed, due, sent } = (await world.see(key)).progress.counts;
  expect(failed).toBeGreaterThanOrEqual(3);
  expect(failed + due + sent).toBe(30);
  expect(due).toBeGreaterThan(10);
  expect(saidTo(people).reduce((sum, count) => sum + count)).toBe(sent);
  world.telegram.simulator.revoke(bot.token);
  await resumeBroadcast(world.db, key);
  expect((await world.until(key, 'paused')).pause_reason).toContain('refuses the bot’s token');
  await world.db.updateTable('bots').set({ is_active: false }).where('bot_id', '=', bot.botId).execute();
  await world.registry.refresh();
  await resumeBroadcast(world.db, key);
  const { reasons } = (await world.until(key, 'done')).progress;
  expect(reasons).toEqual(
    expect.arrayContaining([{ state: 'failed', reason: 'bot_off', people: expect.any(Number) }]),
  );
});

test('a worker that died between call and record leaves an unknown; the others go on', async () => {
  const people = await setUp(5);
  const key = await world.start([bot]);
  while (await prepareBatch(world.db, key.broadcastId, () => 'UTC'));
  const lease = await takeLane(world.db, bot.botId);
  expect(await takeLane(world.db, bot.botId)).toBeNull();
  const turn = { broadcastId: key.broadcastId, botId: bot.botId, holder: lease?.holder ?? '' };
  const claimed = await claimRecipient(world.db, turn);
  expect(claimed).toBeDefined();
  world.work();
  await waitFor('the others to keep off', async () => (await world.see(key)).progress.counts.due === 4);
  // Its lane ends some seconds after its death; here at once.
  await world.db
    .updateTable('broadcast_lanes')
    .set({ held_until: new Date(0) })
    .execute();
  const { progress } = await world.until(key, 'done');
  expect(progress.counts).toMatchObject({ sent: 4, unknown: 1 });
  expect(progress.reasons).toEqual([{ state: 'unknown', reason: 'lost', people: 1 }]);
  expect((await world.results(key)).get(claimed?.telegramUserId ?? '')).toEqual(['unknown', 'lost']);
  expect(saidTo(people).reduce((sum, count) => sum + count)).toBe(4);
  expect(await claimRecipient(world.db, turn)).toBeUndefined();
});
