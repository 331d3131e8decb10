import { pino } from 'pino';
import { buildBotAccess } from '../../src/bot/bot-access.ts';
import { receiveUpdate } from '../../src/bot/receive-update.ts';
import { saveBotUser } from '../../src/bot/save-bot-user.ts';
import { type BroadcastLoop, createBroadcastLoop } from '../../src/broadcasts/broadcast-loop.ts';
import {
  type BroadcastFields,
  type BroadcastKey,
  findBroadcast,
  saveBroadcast,
} from '../../src/broadcasts/broadcasts.ts';
import { contentSchema } from '../../src/broadcasts/content.ts';
import { findProgress } from '../../src/broadcasts/progress.ts';
import type { BroadcastTools } from '../../src/broadcasts/room-parts.ts';
import { startDraft } from '../../src/broadcasts/start-draft.ts';
import { saveTemplate } from '../../src/broadcasts/templates.ts';
import { buildId } from '../../src/domain/ids.ts';
import { saveBot } from '../../src/settings/bots.ts';
import { openRegistry } from '../../src/settings/registry.ts';
import type { Registry } from '../../src/settings/types.ts';
import { saveWorkspace } from '../../src/settings/workspaces.ts';
import type { ChatMessage, SimulatedPerson } from '../../src/simulators/telegram-types.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { type FakeBot, type FakeTelegram, startFakeTelegram } from '../support/fake-telegram.ts';
import { waitFor } from '../support/wait-for.ts';
import { tools as leadTools } from './leads-world.ts';

/** A bot in the simulated Telegram and in the database. */
export type WorldBot = FakeBot & { readonly botId: string };

/** Longer than a busy machine takes for an answer that comes. */
const PATIENT_SECONDS = 30;
/** A time that a test can wait for. */
const SILENCE_MS = 1_500;
const { vault } = leadTools;

/** Opens a database, a simulated Telegram and a workspace; `close` ends them. An answer is waited for so many seconds. */
export async function openBroadcastsWorld(timeoutSeconds = PATIENT_SECONDS): Promise<BroadcastsWorld> {
  const database = await openTestDatabase();
  const telegram = await startFakeTelegram();
  const names = { name: 'Broadcasts', timezone: 'America/Sao_Paulo' };
  const { workspace_id: workspaceId } = await saveWorkspace(database.db, names);
  const logger = pino({ level: 'silent' });
  const registry = await openRegistry({ db: database.db, vault, logger });
  return new BroadcastsWorld({ database, telegram, workspaceId, registry, timeoutSeconds });
}

interface WorldParts {
  readonly database: OpenTestDatabase;
  readonly telegram: FakeTelegram;
  readonly workspaceId: string;
  readonly registry: Registry;
  readonly timeoutSeconds: number;
}

/** Bots with people, and what sends them broadcasts. */
export class BroadcastsWorld {
  readonly db: OpenTestDatabase['db'];
  readonly telegram: FakeTelegram;
  readonly workspaceId: string;
  readonly registry: Registry;
  readonly tools: BroadcastTools;
  readonly #database: OpenTestDatabase;
  readonly #running: BroadcastLoop[] = [];
  #now: number | null = null;
  #updates = 0;
  #bots = 0;

  constructor({ database, telegram, workspaceId, registry, timeoutSeconds }: WorldParts) {
    this.#database = database;
    this.db = database.db;
    this.telegram = telegram;
    this.workspaceId = workspaceId;
    this.registry = registry;
    const bases = { telegram: telegram.url, simulator: null };
    const clock = { now: () => this.#now ?? Date.now() };
    const logger = pino({ level: 'silent' });
    const times = { timeoutSeconds, silenceMs: SILENCE_MS };
    this.tools = { ...buildBotAccess({ registry, vault, bases }), db: this.db, clock, logger, ...times };
  }

  /** Moves the clock that quiet hours go by; null = the machine's. */
  setClock(at: Date | null): void {
    this.#now = at?.getTime() ?? null;
  }

  async makeBot(): Promise<WorldBot> {
    this.#bots += 1;
    const bot = this.telegram.makeBot(`aviso_${this.#bots}_bot`);
    const telegramBotId = bot.token.split(':')[0] ?? '';
    const names = { name: bot.username, token: bot.token, telegramBotId, username: bot.username };
    const { workspaceId } = this;
    const row = await saveBot(this.db, vault, { workspaceId, ...names, delivery: 'webhook' });
    await this.registry.refresh();
    return { ...bot, botId: row.bot_id };
  }

  /** Makes a person a bot user; Telegram knows the chat unless told otherwise. */
  async join(bot: WorldBot, person: SimulatedPerson, hasChat = true): Promise<void> {
    if (hasChat) this.telegram.simulator.pressStart(bot.username, null, person);
    const { id, firstName, languageCode = null } = person;
    const names = { username: null, firstName, lastName: null, languageCode };
    await saveBotUser(this.db, vault, {
      ...{ workspaceId: this.workspaceId, botId: bot.botId, at: new Date() },
      person: { userId: id, chatId: id, ...names },
    });
  }

  /** So many new people who have started the bots. */
  async people(count: number, ...inBots: WorldBot[]): Promise<SimulatedPerson[]> {
    const people = Array.from({ length: count }, () => this.telegram.makePerson());
    for (const bot of inBots) for (const person of people) await this.join(bot, person);
    return people;
  }

  /** Drafts and starts a broadcast to everybody in the bots; returns its key. */
  async start(
    to: readonly WorldBot[],
    fields: Omit<BroadcastFields, 'name' | 'bot_ids'> & { content?: object } = {},
  ): Promise<BroadcastKey> {
    const { content: given, ...columns } = fields;
    const { db, workspaceId } = this;
    const content = contentSchema.parse(given ?? { texts: { pt: 'Promoção de hoje' } });
    const { template_id } = await saveTemplate(db, { workspaceId, name: buildId(), content });
    const { broadcast_id: broadcastId } = await saveBroadcast(db, workspaceId, {
      ...{ name: 'Promoção', template_id, rate_per_second: 30 },
      ...{ bot_ids: to.map((bot) => bot.botId), ...columns },
    });
    const key = { workspaceId, broadcastId };
    const started = await startDraft(this.tools, key, undefined);
    if (started.kind !== 'done') throw new Error(`not started: ${JSON.stringify(started)}`);
    return key;
  }

  /** Lets so many workers send; `rest` ends them. */
  work(workers = 1): void {
    for (let count = 0; count < workers; count += 1) {
      const loop = createBroadcastLoop(this.tools);
      this.#running.push(loop);
      loop.start();
    }
  }

  async rest(): Promise<void> {
    await Promise.all(this.#running.splice(0).map((loop) => loop.stop()));
  }

  /** The broadcast and how far it is. */
  async see(key: BroadcastKey) {
    const row = await findBroadcast(this.db, key);
    if (!row) throw new Error('there is no such broadcast');
    return { ...row, progress: await findProgress(this.db, row) };
  }

  /** Waits until a broadcast is in the state, and answers it. */
  until(key: BroadcastKey, state: 'sending' | 'paused' | 'done') {
    return waitFor(`the broadcast to be ${state}`, async () => {
      const seen = await this.see(key);
      return seen.state === state ? seen : null;
    });
  }

  /** Result and reason by Telegram user id. */
  async results({ broadcastId }: BroadcastKey): Promise<ReadonlyMap<string, readonly (string | null)[]>> {
    const rows = await this.db
      .selectFrom('broadcast_recipients')
      .select(['telegram_user_id', 'state', 'reason'])
      .where('broadcast_id', '=', broadcastId)
      .execute();
    return new Map(rows.map((row) => [row.telegram_user_id, [row.state, row.reason]]));
  }

  /** What the bot said to the person. */
  said(bot: FakeBot, person: SimulatedPerson): readonly ChatMessage[] {
    const messages = this.telegram.simulator.messagesOf(bot.username, person.id);
    return messages.filter(({ from }) => from === 'bot');
  }

  /** The person writes to the bot, and the update is recorded. */
  async write(bot: WorldBot, { id, firstName }: SimulatedPerson, text: string): Promise<void> {
    const registered = this.registry.bot(bot.botId);
    if (!registered) throw new Error('the registry does not know the bot');
    this.#updates += 1;
    const from = { id, is_bot: false, first_name: firstName, language_code: 'pt-br' };
    const chat = { id, type: 'private' as const, first_name: firstName };
    const message = { message_id: this.#updates, date: Math.floor(Date.now() / 1000), chat, from, text };
    const nothing = () => Promise.resolve(null);
    const clicks = { byToken: nothing, newestByFbclid: nothing, newestByFbclidHash: nothing };
    await receiveUpdate({ ...this.tools, clicks }, registered, { update_id: this.#updates, message });
  }

  async close(): Promise<void> {
    await this.rest();
    this.registry.close();
    await this.#database.close();
  }
}
