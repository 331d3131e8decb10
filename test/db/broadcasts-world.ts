import { pino } from 'pino';
import { buildBotAccess } from '../../src/bot/bot-access.ts';
import { receiveUpdate } from '../../src/bot/receive-update.ts';
import { saveBotUser } from '../../src/bot/save-bot-user.ts';
import { createBroadcastLoop } from '../../src/broadcasts/broadcast-loop.ts';
import type { RecipientState } from '../../src/broadcasts/broadcast-row.ts';
import { type BroadcastFields, findBroadcast, saveBroadcast } from '../../src/broadcasts/broadcasts.ts';
import { contentSchema } from '../../src/broadcasts/content.ts';
import { findProgress } from '../../src/broadcasts/progress.ts';
import type { BroadcastTools } from '../../src/broadcasts/room-parts.ts';
import { startDraft } from '../../src/broadcasts/start-draft.ts';
import { saveTemplate } from '../../src/broadcasts/templates.ts';
import { buildId } from '../../src/domain/ids.ts';
import { saveBot } from '../../src/settings/bots.ts';
import { openRegistry } from '../../src/settings/registry.ts';
import { saveWorkspace } from '../../src/settings/workspaces.ts';
import type { ChatMessage, SimulatedPerson } from '../../src/simulators/telegram-types.ts';
import { openTestDatabase } from '../support/database.ts';
import { type FakeBot, type FakeTelegram, startFakeTelegram } from '../support/fake-telegram.ts';
import { waitFor } from '../support/wait-for.ts';
import { tools as leadTools } from './leads-world.ts';

/** A bot in the simulated Telegram and in the database. */
export type WorldBot = FakeBot & { readonly botId: string };

/** Bots with people, and what sends them broadcasts. */
export type BroadcastsWorld = Awaited<ReturnType<typeof openBroadcastsWorld>>;

const QUICK = { timeoutSeconds: 1, silenceMs: 1_500 };

/** Opens a database, a simulated Telegram and a workspace; `close` ends them. */
export async function openBroadcastsWorld() {
  const database = await openTestDatabase();
  const { db } = database;
  const telegram: FakeTelegram = await startFakeTelegram();
  const { vault } = leadTools;
  const logger = pino({ level: 'silent' });
  const { workspace_id: workspaceId } = await saveWorkspace(db, {
    name: 'Broadcasts',
    timezone: 'America/Sao_Paulo',
  });
  const registry = await openRegistry({ db, vault, logger });
  const access = buildBotAccess({ registry, vault, bases: { telegram: telegram.url, simulator: null } });
  let now: number | null = null;
  const clock = { now: () => now ?? Date.now() };
  const tools: BroadcastTools = { ...access, db, clock, logger, ...QUICK };
  const running: ReturnType<typeof createBroadcastLoop>[] = [];
  let updates = 0;
  let bots = 0;

  const makeBot = async (): Promise<WorldBot> => {
    bots += 1;
    const bot = telegram.makeBot(`aviso_${bots}_bot`);
    const telegramBotId = bot.token.split(':')[0] ?? '';
    const names = { name: bot.username, token: bot.token, telegramBotId, username: bot.username };
    const row = await saveBot(db, vault, { workspaceId, ...names, delivery: 'webhook' });
    await registry.refresh();
    return { ...bot, botId: row.bot_id };
  };
  const join = async (bot: WorldBot, person: SimulatedPerson): Promise<string> => {
    telegram.simulator.pressStart(bot.username, null, person);
    const names = { username: null, firstName: person.firstName, lastName: null };
    const { id } = await saveBotUser(db, vault, {
      ...{ workspaceId, botId: bot.botId, at: new Date() },
      person: { userId: person.id, chatId: person.id, ...names, languageCode: person.languageCode ?? null },
    });
    return id;
  };
  return {
    ...{ db, telegram, tools, registry, workspaceId, makeBot, join },
    /** Moves the clock that quiet hours go by; null = the machine's. */
    setClock: (at: Date | null) => {
      now = at?.getTime() ?? null;
    },
    /** So many new people who have started the bots. */
    async people(count: number, ...inBots: WorldBot[]): Promise<SimulatedPerson[]> {
      const people = Array.from({ length: count }, () => telegram.makePerson());
      for (const bot of inBots) for (const person of people) await join(bot, person);
      return people;
    },
    /** Drafts and starts a broadcast to everybody in the bots; returns its key. */
    async start(
      to: readonly WorldBot[],
      fields: Omit<BroadcastFields, 'name' | 'bot_ids'> & { content?: object } = {},
    ) {
      const { content, ...columns } = fields;
      const parsed = contentSchema.parse(content ?? { texts: { pt: 'Promoção de hoje' } });
      const template = await saveTemplate(db, { workspaceId, name: buildId(), content: parsed });
      const { broadcast_id: broadcastId } = await saveBroadcast(db, workspaceId, {
        ...{ name: 'Promoção', template_id: template.template_id, rate_per_second: 30 },
        ...{ bot_ids: to.map((bot) => bot.botId), ...columns },
      });
      const key = { workspaceId, broadcastId };
      const started = await startDraft(tools, key, undefined);
      if (started.kind !== 'done') throw new Error(`not started: ${JSON.stringify(started)}`);
      return key;
    },
    /** Lets so many workers send; `rest` ends them. */
    work(workers = 1, changes: Partial<BroadcastTools> = {}): void {
      for (let count = 0; count < workers; count += 1) {
        const loop = createBroadcastLoop({ ...tools, ...changes });
        running.push(loop);
        loop.start();
      }
    },
    async rest(): Promise<void> {
      await Promise.all(running.splice(0).map((loop) => loop.stop()));
    },
    /** The broadcast and how far it is. */
    async see(key: { workspaceId: string; broadcastId: string }) {
      const row = await findBroadcast(db, key);
      if (!row) throw new Error('there is no such broadcast');
      return { ...row, progress: await findProgress(db, row) };
    },
    /** Waits until a broadcast is in the state, and answers it. */
    async until(key: { workspaceId: string; broadcastId: string }, state: string) {
      return waitFor(`the broadcast to be ${state}`, async () => {
        const seen = await this.see(key);
        return seen.state === state && (state !== 'done' || seen.finished_at) ? seen : null;
      });
    },
    /** Result and reason of each person. */
    async results(key: { broadcastId: string }): Promise<Map<string, [RecipientState, string | null]>> {
      const rows = await db
        .selectFrom('broadcast_recipients')
        .select(['telegram_user_id', 'state', 'reason'])
        .where('broadcast_id', '=', key.broadcastId)
        .execute();
      return new Map(rows.map((row) => [row.telegram_user_id, [row.state as RecipientState, row.reason]]));
    },
    /** What the bot said to the person. */
    said: (bot: FakeBot, person: SimulatedPerson): readonly ChatMessage[] =>
      telegram.simulator.messagesOf(bot.username, person.id).filter(({ from }) => from === 'bot'),
    /** The person writes to the bot, and the update is recorded. */
    async write(bot: WorldBot, person: SimulatedPerson, text: string): Promise<void> {
      const registered = registry.bot(bot.botId);
      if (!registered) throw new Error('the registry does not know the bot');
      updates += 1;
      const from = { id: person.id, is_bot: false, first_name: person.firstName, language_code: 'pt-br' };
      const chat = { id: person.id, type: 'private' as const, first_name: person.firstName };
      const date = Math.floor(Date.now() / 1000);
      const message = { message_id: updates, date, chat, from, text };
      const nothing = () => Promise.resolve(null);
      const clicks = { byToken: nothing, newestByFbclid: nothing, newestByFbclidHash: nothing };
      const update = { update_id: updates, message };
      await receiveUpdate({ ...tools, clicks }, registered, update);
    },
    async close(): Promise<void> {
      await Promise.all(running.splice(0).map((loop) => loop.stop()));
      registry.close();
      await database.close();
    },
  };
}
