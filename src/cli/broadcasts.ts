import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Kysely } from 'kysely';
import type { BroadcastRow } from '../broadcasts/broadcast-row.ts';
import { type BroadcastKey, findBroadcast, listBroadcasts } from '../broadcasts/broadcasts.ts';
import { findProgress, type Progress } from '../broadcasts/progress.ts';
import { pauseBroadcast, resumeBroadcast, stopBroadcast } from '../broadcasts/transitions.ts';
import { isId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import { CommandRefused, chooseWorkspace } from './choose-workspace.ts';
import { createProgress } from './import-progress.ts';
import { type CliTools, withParts } from './tools.ts';

interface BroadcastOptions {
  readonly workspace?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

const ACTS = {
  pause: { act: pauseBroadcast, text: 'stop sending until it is resumed' },
  resume: { act: resumeBroadcast, text: 'go on with a paused one' },
  stop: { act: stopBroadcast, text: 'end it for good; who was not sent to yet is skipped' },
} as const;
const MOST_LISTED = 50;
const LOOK_MS = 1_000;

/** `rastro broadcasts list|show|pause|resume|stop`. */
export function addBroadcastsCommand(program: Command, tools: CliTools): void {
  const group = program.command('broadcasts').description('messages to many people of the Telegram bots');
  const withWorkspace = (command: Command) =>
    command
      .option('--workspace <id or name>', 'the first workspace if not given')
      .option('--json', 'print JSON');
  withWorkspace(group.command('list').description('the newest broadcasts')).action(
    (options: BroadcastOptions) => printList(tools, options),
  );
  withWorkspace(group.command('show').description('how far a broadcast is'))
    .argument('<id>')
    .option('--follow', 'until it ends or pauses: a bar on a terminal, lines in a pipe')
    .action((id: string, options: BroadcastOptions) => show(tools, id, options));
  for (const [word, { act, text }] of Object.entries(ACTS)) {
    withWorkspace(group.command(word).description(text))
      .argument('<id>')
      .action((id: string, options: BroadcastOptions) =>
        withBroadcast(tools, { id, ...options }, async (db, key) => {
          const result = await act(db, key);
          if (result.kind === 'refused') throw new CommandRefused(result.why);
          await print(tools, db, { key, json: options.json ?? false });
        }),
      );
  }
}

async function withBroadcast(
  tools: CliTools,
  { id, workspace }: BroadcastOptions & { readonly id: string },
  work: (db: Kysely<Database>, key: BroadcastKey) => Promise<void>,
): Promise<void> {
  await withParts(tools, async ({ database: { db } }) => {
    const { workspace_id: workspaceId, name } = await chooseWorkspace(db, workspace);
    const key = { workspaceId, broadcastId: id };
    if (!isId(id) || !(await findBroadcast(db, key)))
      throw new CommandRefused(`There is no broadcast ${id} in the workspace "${name}".`);
    await work(db, key);
  });
}

async function printList(tools: CliTools, options: BroadcastOptions): Promise<void> {
  await withParts(tools, async ({ database: { db } }) => {
    const { workspace_id: workspaceId } = await chooseWorkspace(db, options.workspace);
    const rows = await listBroadcasts(db, { workspaceId, before: undefined, limit: MOST_LISTED });
    if (options.json) {
      const shown = rows.map(({ broadcast_id, name, state, created_at }) => ({
        ...{ broadcast_id, name, state, created_at },
      }));
      tools.print(JSON.stringify(shown, null, 2));
      return;
    }
    if (rows.length === 0) tools.print('There are no broadcasts yet.');
    for (const { broadcast_id, name, state } of rows)
      tools.print(`${broadcast_id}  ${state.padEnd(9)}  ${name}`);
  });
}

async function show(tools: CliTools, id: string, options: BroadcastOptions): Promise<void> {
  await withBroadcast(tools, { id, ...options }, async (db, key) => {
    if (options.follow) await follow(db, key);
    await print(tools, db, { key, json: options.json ?? false });
  });
}

const MOVING = new Set(['scheduled', 'preparing', 'sending']);

/** On standard error, so that what is printed at the end can be read by a program. */
async function follow(db: Kysely<Database>, key: BroadcastKey): Promise<void> {
  const tell = createProgress(process.stderr, Date.now, 'people');
  for (;;) {
    const { row, progress } = await look(db, key);
    const { due, sending } = progress.counts;
    const done = progress.total - due - sending;
    const total = Math.max(progress.total, row.expected ?? 0, 1);
    const isOver = !MOVING.has(row.state);
    tell(row.state === 'done' ? total : Math.min(done, total - 1), total);
    if (isOver) {
      if (process.stderr.isTTY && row.state !== 'done') process.stderr.write('\n');
      return;
    }
    await sleep(LOOK_MS);
  }
}

async function look(
  db: Kysely<Database>,
  key: BroadcastKey,
): Promise<{ row: BroadcastRow; progress: Progress }> {
  const row = await findBroadcast(db, key);
  if (!row) throw new CommandRefused('The broadcast is gone.');
  return { row, progress: await findProgress(db, row) };
}

async function print(
  tools: CliTools,
  db: Kysely<Database>,
  { key, json }: { readonly key: BroadcastKey; readonly json: boolean },
): Promise<void> {
  const { row, progress } = await look(db, key);
  const { broadcast_id, name, state, pause_reason } = row;
  if (json) {
    const { total, counts, reasons, rate, etaSeconds: eta_seconds, optOuts: opt_outs } = progress;
    const shown = { total, ...counts, reasons, rate, eta_seconds, opt_outs };
    tools.print(JSON.stringify({ broadcast_id, name, state, pause_reason, progress: shown }, null, 2));
    return;
  }
  tools.print(`${name}: ${state}${pause_reason === null ? '' : ` (${pause_reason})`}`);
  for (const [word, people] of Object.entries(progress.counts)) {
    if (people > 0) tools.print(`  ${String(people).padStart(8)}  ${word}`);
  }
  for (const { state: of, reason, people } of progress.reasons)
    tools.print(`  ${String(people).padStart(8)}    ${of}: ${reason}`);
  if (progress.optOuts > 0) tools.print(`  ${String(progress.optOuts).padStart(8)}  want no more`);
  if (progress.etaSeconds !== null)
    tools.print(`  ${progress.rate.toFixed(1)} a second; about ${progress.etaSeconds} s left`);
}
