import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { listCorrupt } from '../log/corrupt.ts';
import { logWriters } from '../log/segments.ts';
import { readDrainState } from '../projections/drain-state.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

/** Where the work stands that waits: log, deliveries, destinations, bots. */
export interface WorkQuestion {
  readonly db: Kysely<Database>;
  readonly logDirectory: string;
  readonly instanceId: string;
}

const LATE_MS = 60_000;

/** The capture log, what is owed to platforms and people, and what has been paused. */
export async function checkWork(question: WorkQuestion): Promise<Finding[]> {
  const { db } = question;
  return [
    await checkDrain(question),
    await checkCorruption(question),
    await checkDeliveries(db),
    ...(await checkDestinations(db)),
    await checkBotMessages(db),
    ...(await checkBots(db)),
  ];
}

async function checkDrain(question: WorkQuestion): Promise<Finding> {
  const clock = { now: () => Date.now() };
  const state = await readDrainState({ ...question, clock });
  const detail = `${state.folded} records folded, ${state.lagBytes} bytes behind`;
  return state.oldestUnfoldedMs > LATE_MS
    ? fault(
        'capture log',
        `${detail}; the oldest waits for ${Math.round(state.oldestUnfoldedMs / 1000)} s`,
        'Start the server (its worker folds the log); if it runs, look for errors in its log.',
      )
    : fine('capture log', detail);
}

async function checkCorruption(question: WorkQuestion): Promise<Finding> {
  let pieces = 0;
  for (const writer of await logWriters(question.logDirectory)) {
    pieces += (await listCorrupt(join(question.logDirectory, writer))).length;
  }
  return pieces === 0
    ? fine('log damage', 'none')
    : warning(
        'log damage',
        `${pieces} damaged pieces were set aside`,
        `Check the disk. The pieces are in ${question.logDirectory}/*/corrupt; the rest of the log was folded.`,
      );
}

async function checkDeliveries(db: Kysely<Database>): Promise<Finding> {
  const { rows } = await sql<{ due: string; failed: string }>`
    select count(*) filter (where state = 'due' and next_attempt_at < now() - interval '15 minutes') as due,
      count(*) filter (where state = 'failed' and settled_at > now() - interval '7 days') as failed
    from deliveries where state in ('due', 'failed')`.execute(db);
  const { due = '0', failed = '0' } = rows[0] ?? {};
  if (failed !== '0') {
    const fix = 'See why: GET /api/v1/sync-log?status=failed; send again: POST /api/v1/sync-log/:id/retry.';
    return warning('deliveries', `${failed} failed in the last 7 days, ${due} are late`, fix);
  }
  return due === '0'
    ? fine('deliveries', 'none late, none failed')
    : warning('deliveries', `${due} are late`, 'See the destinations below, and the worker’s log.');
}

async function checkDestinations(db: Kysely<Database>): Promise<Finding[]> {
  const rows = await db
    .selectFrom('destination_states')
    .innerJoin('destinations', 'destinations.destination_id', 'destination_states.destination_id')
    .select(['destinations.destination_id', 'destinations.platform', 'pause_reason'])
    .where('paused_at', 'is not', null)
    .execute();
  if (rows.length === 0) return [fine('destinations', 'none paused')];
  return rows.map((row) =>
    fault(
      'destinations',
      `${row.platform} ${row.destination_id} is paused: ${row.pause_reason}`,
      'Give it new credentials by the API; its queue is kept and goes on by itself.',
    ),
  );
}

async function checkBotMessages(db: Kysely<Database>): Promise<Finding> {
  const { rows } = await sql<{ failed: string }>`
    select count(*) as failed from bot_messages
    where state = 'failed' and created_at > now() - interval '7 days'`.execute(db);
  const failed = rows[0]?.failed ?? '0';
  return failed === '0'
    ? fine('bot messages', 'none failed')
    : warning(
        'bot messages',
        `${failed} could not be sent in the last 7 days`,
        'Mostly people who stopped the bot; the reasons are in bot_messages.last_error.',
      );
}

async function checkBots(db: Kysely<Database>): Promise<Finding[]> {
  const bots = await db
    .selectFrom('bots')
    .select(['bot_id', 'username', 'delivery', 'delivery_problem'])
    .where('is_active', '=', true)
    .execute();
  return bots.map((bot) =>
    bot.delivery_problem === null
      ? fine('bots', `@${bot.username} by ${bot.delivery}`)
      : warning(
          'bots',
          `@${bot.username} by ${bot.delivery}: ${bot.delivery_problem}`,
          'Telegram needs an https PUBLIC_URL on port 443, 80, 88 or 8443; then save the bot again.',
        ),
  );
}
