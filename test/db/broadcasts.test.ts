import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { endOptOut, saveOptOut } from '../../src/bot/opt-outs.ts';
import { listRecipients } from '../../src/broadcasts/list-recipients.ts';
import { prepareBatch } from '../../src/broadcasts/prepare.ts';
import { updateTemplate } from '../../src/broadcasts/templates.ts';
import { pauseBroadcast, resumeBroadcast, stopBroadcast } from '../../src/broadcasts/transitions.ts';
import { saveSegment, updateSegment } from '../../src/segments/segments.ts';
import type { SimulatedPerson } from '../../src/simulators/telegram-types.ts';
import { waitFor } from '../support/wait-for.ts';
import { type BroadcastsWorld, openBroadcastsWorld, type WorldBot } from './broadcasts-world.ts';

let world: BroadcastsWorld;
beforeAll(async () => {
  world = await openBroadcastsWorld();
});
afterEach(() => world.rest());
afterAll(() => world.close());

const idOf = (person: SimulatedPerson): string => String(person.id);

async function block(bot: WorldBot, person: SimulatedPerson): Promise<void> {
  await world.db
    .updateTable('bot_users')
    .set({ is_blocked: true })
    .where('bot_id', '=', bot.botId)
    .where('telegram_user_id', '=', idOf(person))
    .execute();
}

async function optOut(bot: WorldBot, person: SimulatedPerson, change = saveOptOut): Promise<void> {
  const { workspaceId, db } = world;
  const wish = {
    workspaceId,
    botId: bot.botId,
    telegramUserId: person.id,
    broadcastId: null,
    at: new Date(),
  };
  await change(db, wish);
}

describe('who gets a broadcast', () => {
  test('everybody once, by two workers, in their language; not who wants none, blocked the bot or looks like one', async () => {
    const [one, two] = [await world.makeBot(), await world.makeBot()];
    const people = await world.people(12, one);
    const both = await world.people(6, one, two);
    const [english, unwilling, blocked, robot] = await world.people(4, two);
    if (!english || !unwilling || !blocked || !robot) throw new Error('there are four');
    await world.db
      .updateTable('bot_users')
      .set({ language_code: 'en' })
      .where('telegram_user_id', '=', idOf(english))
      .execute();
    await world.db
      .updateTable('bot_users')
      .set({ is_bot_detected: true })
      .where('telegram_user_id', '=', idOf(robot))
      .execute();
    await optOut(one, unwilling);
    await block(two, blocked);
    const onlyTwo = both[0];
    if (!onlyTwo) throw new Error('there are six');
    await block(one, onlyTwo);
    const key = await world.start([one, two], {
      content: {
        texts: { pt: 'Oi, <b>{{first_name}}</b>!', en: 'Hi {{first_name}} from {{city|far away}}' },
        picture_url: 'https://loja.example/p.jpg',
        buttons: [{ kind: 'url', text: { pt: 'Ver' }, url: 'https://loja.example/p' }],
      },
    });
    world.work(2);
    const seen = await world.until(key, 'done');
    expect(seen.progress).toMatchObject({
      total: 22,
      counts: { due: 0, sending: 0, sent: 19, unknown: 0, failed: 0, skipped: 3 },
      etaSeconds: null,
    });
    expect(seen.expected).toBe(22);
    const results = await world.results(key);
    expect(results.get(idOf(unwilling))).toEqual(['skipped', 'opted_out']);
    expect(results.get(idOf(blocked))).toEqual(['skipped', 'blocked']);
    expect(results.get(idOf(robot))).toEqual(['skipped', 'bot']);
    for (const person of [...people, ...both]) {
      expect(world.said(one, person).length + world.said(two, person).length).toBe(1);
    }
    // Telegram was given the address once; all others got the picture that it has.
    const pictures = people.map((person) => world.said(one, person)[0]?.photoId);
    expect(new Set(pictures).size).toBe(1);
    expect(pictures[0]).toEqual(expect.any(String));
    expect(world.said(two, onlyTwo)).toMatchObject([{ html: `Oi, <b>${onlyTwo.firstName}</b>!` }]);
    expect(world.said(two, english)[0]).toMatchObject({
      text: `Hi ${english.firstName} from far away`,
      buttons: [
        [{ kind: 'url', text: 'Ver', url: 'https://loja.example/p' }],
        [{ kind: 'callback', text: 'Unsubscribe', data: `off:${key.broadcastId}` }],
      ],
    });
  });

  test('a segment as it was at the start, and the text', async () => {
    const bot = await world.makeBot();
    const [paulista] = await world.people(1, bot);
    const others = await world.people(3, bot);
    if (!paulista) throw new Error('there is one');
    await world.db
      .updateTable('bot_users')
      .set({ geo_state: 'SP' })
      .where('telegram_user_id', '=', idOf(paulista))
      .execute();
    const { workspaceId, db } = world;
    const filter = { field: 'state', op: 'is', value: 'SP' } as const;
    const segment = await saveSegment(db, { workspaceId, name: 'Paulistas', subject: 'bot_users', filter });
    const key = await world.start([bot], { segment_id: segment.segmentId });
    const segmentKey = { workspaceId, segmentId: segment.segmentId };
    await updateSegment(db, segmentKey, { filter: { all: [] } });
    const { template_id } = await world.see(key);
    const content = { texts: { pt: 'outra' }, picture_url: null, buttons: [] };
    await updateTemplate(db, { workspaceId, templateId: template_id ?? '' }, { content });
    world.work();
    expect((await world.until(key, 'done')).progress).toMatchObject({ total: 1, counts: { sent: 1 } });
    expect(world.said(bot, paulista)).toMatchObject([{ text: 'Promoção de hoje' }]);
    for (const person of others) expect(world.said(bot, person)).toEqual([]);
  });

  test('listed in small batches, a person of several bots is listed once, where something may be sent', async () => {
    const bots = [await world.makeBot(), await world.makeBot(), await world.makeBot()];
    const [first, second, third] = bots;
    if (!first || !second || !third) throw new Error('there are three');
    const people = await world.people(5, ...bots);
    for (const person of people) await Promise.all([block(first, person), block(third, person)]);
    const key = await world.start(bots);
    let batches = 0;
    while (await prepareBatch(world.db, key.broadcastId, () => 'UTC', 4)) batches += 1;
    expect(batches).toBeGreaterThanOrEqual(4);
    const rows = await listRecipients(world.db, { ...key, limit: 100 });
    expect(rows.map((row) => [row.state, row.bot_id])).toEqual(people.map(() => ['due', second.botId]));
    expect(await world.see(key)).toMatchObject({ state: 'sending', expected: 5 });
    await stopBroadcast(world.db, key);
  });

  test('nobody twice under one campaign key; who was not reached is free for the next', async () => {
    const bot = await world.makeBot();
    const reached = await world.people(3, bot);
    const campaign_key = 'black-friday';
    world.work();
    await world.until(await world.start([bot], { campaign_key }), 'done');
    const late = await world.people(2, bot);
    const paused = await world.start([bot], {
      campaign_key,
      rate_per_second: 1,
      starts_at: new Date(Date.now() + 3600_000),
    });
    expect(await world.see(paused)).toMatchObject({ state: 'scheduled' });
    await stopBroadcast(world.db, paused);
    const second = await world.until(await world.start([bot], { campaign_key }), 'done');
    expect(second.progress.counts).toMatchObject({ sent: 2, skipped: 3 });
    expect(second.progress.reasons).toEqual([{ state: 'skipped', reason: 'campaign', people: 3 }]);
    for (const person of [...reached, ...late]) expect(world.said(bot, person)).toHaveLength(1);
  });
});

describe('opting out', () => {
  test('holds between listing and sending, in every bot, until the person says otherwise; /start does not', async () => {
    const [one, two] = [await world.makeBot(), await world.makeBot()];
    const [person] = await world.people(1, one, two);
    if (!person) throw new Error('there is one');
    const key = await world.start([one]);
    while (await prepareBatch(world.db, key.broadcastId, () => 'UTC'));
    await world.write(two, person, 'Sair');
    world.work();
    await world.until(key, 'done');
    expect((await world.results(key)).get(idOf(person))).toEqual(['skipped', 'opted_out']);
    await world.write(one, person, '/start');
    const after = await world.until(await world.start([one]), 'done');
    expect(after.progress.counts).toMatchObject({ sent: 0, skipped: 1 });
    await world.write(one, person, '/receber');
    expect((await world.until(await world.start([one]), 'done')).progress.counts.sent).toBe(1);
    const owed = await world.db
      .selectFrom('bot_messages')
      .select('dedupe_key')
      .where('chat_id', '=', idOf(person))
      .execute();
    expect(owed.map((row) => row.dedupe_key.split(':')[0]).sort()).toEqual(['welcome', 'wish', 'wish']);
    await optOut(one, person);
    await optOut(one, person, endOptOut);
    const rows = await world.db
      .selectFrom('broadcast_opt_outs')
      .selectAll()
      .where('telegram_user_id', '=', idOf(person))
      .execute();
    expect(rows).toMatchObject([{ bot_id: one.botId, ended_at: expect.any(Date) }]);
  });
});

describe('pace and states', () => {
  test('no faster than the throttle, however many workers; pause, resume and stop within a second, each once', async () => {
    const bot = await world.makeBot();
    const people = await world.people(60, bot);
    const sentAt = () =>
      people.flatMap((person) => world.said(bot, person).map(({ at }) => at)).sort((a, b) => a - b);
    const key = await world.start([bot], { rate_per_second: 20 });
    const begunAt = Date.now();
    world.work(3);
    await waitFor('the first ten', () => sentAt().length >= 10);
    await Promise.all([pauseBroadcast(world.db, key), pauseBroadcast(world.db, key)]);
    await waitFor('the calls under way', async () => (await world.see(key)).progress.counts.sending === 0);
    const paused = sentAt().length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(sentAt().length).toBe(paused);
    expect(paused).toBeLessThan(60);
    expect(await world.see(key)).toMatchObject({ state: 'paused', pause_reason: null });
    expect(await resumeBroadcast(world.db, key)).toMatchObject({ kind: 'done' });
    expect(await resumeBroadcast(world.db, key)).toMatchObject({ kind: 'done' });
    await waitFor('ten more', () => sentAt().length >= paused + 10);
    await stopBroadcast(world.db, key);
    const stopped = await waitFor('the end', async () => {
      const seen = await world.see(key);
      return seen.finished_at && seen;
    });
    const { counts, reasons } = stopped.progress;
    expect(counts.sent).toBe(sentAt().length);
    expect(counts.sent + counts.skipped).toBe(60);
    expect(reasons).toEqual([{ state: 'skipped', reason: 'stopped', people: counts.skipped }]);
    expect(await stopBroadcast(world.db, key)).toMatchObject({
      kind: 'done',
      broadcast: { state: 'stopped' },
    });
    expect(await resumeBroadcast(world.db, key)).toMatchObject({ kind: 'refused' });
    for (const person of people) expect(world.said(bot, person).length).toBeLessThan(2);
    // A machine that stalls makes them later, never earlier: none came before its turn, 50 ms each.
    const early = sentAt().filter((at, turn) => turn < paused && at - begunAt < turn * 40);
    expect(early).toEqual([]);
  });

  test('starts at its time, and keeps to the quiet hours of the workspace’s zone', async () => {
    const bot = await world.makeBot();
    const [person] = await world.people(1, bot);
    if (!person) throw new Error('there is one');
    // 23:00 in São Paulo.
    world.setClock(new Date('2026-03-02T02:00:00Z'));
    const key = await world.start([bot], {
      ...{ starts_at: new Date(Date.now() + 3_000), quiet_from: 22 * 60, quiet_to: 8 * 60 },
    });
    expect(await world.see(key)).toMatchObject({ state: 'scheduled' });
    world.work();
    const sending = await world.until(key, 'sending');
    expect(sending.updated_at.getTime()).toBeGreaterThanOrEqual(sending.starts_at?.getTime() ?? Number.NaN);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(world.said(bot, person)).toEqual([]);
    world.setClock(new Date('2026-03-02T11:00:00Z'));
    await world.until(key, 'done');
    expect(world.said(bot, person)).toHaveLength(1);
    world.setClock(null);
  });
});
