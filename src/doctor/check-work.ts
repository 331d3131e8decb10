import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { CaptureLog } from '../log/capture-log.ts';
import { readDrainState } from '../projections/drain-state.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

/** Where the work stands that waits: log, deliveries, destinations, bots. */
export interface WorkQuestion {
  readonly db: Kysely<Database>;
  readonly log: CaptureLog;
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
    await checkFuture(db),
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
  for (const part of await question.log.parts()) pieces += (await part.listSetAside()).length;
  return pieces === 0
    ? fine('log damage', 'none')
    : warning(
        'log damage',
        `${pieces} damaged pieces were set aside`,
        'Check the disk. The pieces are in the folders <DATA_DIR>/log/*/corrupt; the rest of the log was folded.',
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

interface TroubledDestination {
  readonly id: string;
  readonly platform: string;
  readonly pauseReason: string | null;
  readonly isPaused: boolean;
  readonly failures: number;
  readonly lastFailure: string | null;
}

/** Paused ones, and those whose last answers were of no use. */
async function checkDestinations(db: Kysely<Database>): Promise<Finding[]> {
  const { rows } = await sql<TroubledDestination>`
    select d.destination_id as id, d.platform, s.pause_reason as "pauseReason", s.paused_at is not null as "isPaused",
      s.failures, s.last_failure as "lastFailure"
    from destination_states s join destinations d using (destination_id)
    where d.is_active and (s.paused_at is not null
      or s.last_failure_at > coalesce(s.last_success_at, '-infinity'))`.execute(db);
  return rows.length === 0 ? [fine('destinations', 'none paused, none failing')] : rows.map(describeTrouble);
}

function describeTrouble(row: TroubledDestination): Finding {
  const { platform, id } = row;
  if (row.isPaused) {
    const fix = 'Give it new credentials by the API; its queue is kept and goes on by itself.';
    return fault('destinations', `${platform} ${id} is paused: ${row.pauseReason}`, fix);
  }
  const fix =
    'Nothing is lost: it is tried again by itself until each deadline. See the platform’s status page, that this machine reaches it, and GET /api/v1/sync-log for each answer.';
  const often = row.failures > 1 ? `, ${row.failures} times in a row` : '';
  return warning('destinations', `${platform} ${id} gives no usable answer${often}: ${row.lastFailure}`, fix);
}

/** What a clock that was ahead has left behind; its platforms would refuse it now. */
async function checkFuture(db: Kysely<Database>): Promise<Finding> {
  const { rows } = await sql<{ count: string }>`
    select (select count(*) from conversions
        where planned_at is null and occurred_at > now() + interval '5 minutes')
      + (select count(*) from deliveries join conversions using (conversion_id)
        where state = 'due' and occurred_at > now() + interval '5 minutes') as count`.execute(db);
  const count = rows[0]?.count ?? '0';
  return count === '0'
    ? fine('times', 'nothing is from the future')
    : warning(
        'times',
        `${count} of what platforms are to be told happened in the future`,
        'A machine’s clock was ahead: set it by NTP. They are sent by themselves when their time has come.',
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
