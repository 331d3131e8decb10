import type { Update } from 'grammy/types';
import { type Kysely, sql } from 'kysely';
import { type Backoff, backoffMs } from '../domain/backoff.ts';
import type { Database } from '../io/database.gen.ts';
import { traced } from '../io/tracing/traced.ts';
import { catchUp } from '../settings/catch-up.ts';
import { answerPress } from './answer-press.ts';
import type { DueUpdatesOptions } from './due-updates-options.ts';
import { UPDATE_CONTEXT } from './receive-update.ts';

const LEASE_MS = 60_000;
const BATCH = 10;
const RETRY: Backoff = { baseMs: 1000, maxMs: 30_000 };
/** About five minutes of trying; a press older than that is no longer waited for. */
const MAX_ATTEMPTS = 15;

interface DueUpdate {
  readonly botId: string;
  readonly updateId: string;
  readonly update: Update;
  readonly attempts: number;
}

/** Carries out the buttons that people pressed; returns how many were tried. */
export async function runDueUpdates(options: DueUpdatesOptions): Promise<number> {
  const due = await claimUpdates(options);
  await Promise.all(due.map((update) => carryOut(options, update)));
  return due.length;
}

async function claimUpdates(options: DueUpdatesOptions): Promise<DueUpdate[]> {
  const { rows } = await sql<{ bot_id: string; update_id: string; body: Buffer; attempts: number }>`
    update telegram_updates set next_attempt_at = now() + ${`${LEASE_MS} ms`}::interval, attempts = attempts + 1
    where (bot_id, update_id) in (
      select bot_id, update_id from telegram_updates
      where state = 'due' and next_attempt_at <= now()
      order by next_attempt_at limit ${BATCH} for update skip locked)
    returning bot_id, update_id, body, attempts`.execute(options.db);
  return rows.map((row) => ({
    botId: row.bot_id,
    updateId: row.update_id,
    update: JSON.parse(options.vault.open(row.body, UPDATE_CONTEXT)) as Update,
    attempts: row.attempts,
  }));
}

async function carryOut(options: DueUpdatesOptions, due: DueUpdate): Promise<void> {
  try {
    const { botId, update } = due;
    // A bot may be newer than this process's copy of the settings.
    if (!options.registry.bot(botId)) await catchUp(options.db, options.registry);
    const bot = options.registry.bot(botId);
    if (bot)
      await traced('answer press', { 'rastro.bot_id': bot.botId }, () => answerPress(options, bot, update));
    await settle(options.db, due, 'done');
  } catch (error) {
    options.logger.error(
      { err: error, botId: due.botId, updateId: due.updateId },
      'a button could not be carried out',
    );
    const why = error instanceof Error ? error.message.slice(0, 500) : 'unknown fault';
    if (due.attempts >= MAX_ATTEMPTS) return settle(options.db, due, 'failed', why);
    await postpone(options.db, due, why);
  }
}

async function settle(
  db: Kysely<Database>,
  due: DueUpdate,
  state: 'done' | 'failed',
  why?: string,
): Promise<void> {
  await db
    .updateTable('telegram_updates')
    .set({ state, body: null, last_error: why ?? null })
    .where('bot_id', '=', due.botId)
    .where('update_id', '=', due.updateId)
    .execute();
}

async function postpone(db: Kysely<Database>, due: DueUpdate, why: string): Promise<void> {
  const waitMs = backoffMs(RETRY, due.attempts);
  await sql`
    update telegram_updates set last_error = ${why}, next_attempt_at = now() + ${`${waitMs} ms`}::interval
    where bot_id = ${due.botId} and update_id = ${due.updateId}`.execute(db);
}
