import type { Command } from 'commander';
import { isRate, listRates, saveRates } from '../spend/currency-rates.ts';
import { readWrittenDay } from '../spend/written-day.ts';
import { CommandRefused, chooseWorkspace } from './choose-workspace.ts';
import { type CliTools, withParts } from './tools.ts';

interface RateOptions {
  readonly workspace?: string;
  readonly day?: string;
  readonly base?: string;
  readonly json?: boolean;
}

const MOST_LISTED = 1_000;

/** `rastro rates set|list`: what other currencies were worth in the workspace's. */
export function addRatesCommand(program: Command, tools: CliTools): void {
  const group = program
    .command('rates')
    .description('currency rates, by which cost and revenue are converted');
  group
    .command('set')
    .description('say what one unit of a currency is worth from a day on')
    .argument('<currency>', 'ISO 4217 code, like USD')
    .argument('<rate>', 'in the workspace’s currency, like 5.43')
    .option('--workspace <id or name>', 'the first workspace if not given')
    .option('--day <date>', 'from this day on, like 2026-11-01; today if not given')
    .option('--base <code>', 'the currency of the rate; the workspace’s if not given')
    .action((currency: string, rate: string, options: RateOptions) =>
      setRate(tools, { currency, rate }, options),
    );
  group
    .command('list')
    .description('list the rates, newest first')
    .option('--workspace <id or name>', 'the first workspace if not given')
    .option('--json', 'print them as JSON')
    .action((options: RateOptions) => printRates(tools, options));
}

async function setRate(
  tools: CliTools,
  { currency, rate }: { readonly currency: string; readonly rate: string },
  options: RateOptions,
): Promise<void> {
  const written = rate.replace(',', '.');
  if (!isRate(written))
    throw new CommandRefused(`"${rate}" is no rate. Give a number above zero, like 5.43.`);
  const day = options.day ?? new Date().toISOString().slice(0, 10);
  if (readWrittenDay(day, 'day_first') !== day)
    throw new CommandRefused(`"${day}" is no date. Give one like 2026-11-01.`);
  for (const code of [currency, options.base ?? currency]) {
    if (!/^[A-Z]{3}$/.test(code))
      throw new CommandRefused(`"${code}" is no currency. Give an ISO 4217 code, like USD.`);
  }
  await withParts(tools, async ({ database }) => {
    const workspace = await chooseWorkspace(database.db, options.workspace);
    const base = options.base ?? workspace.currency;
    await saveRates(database.db, workspace.workspace_id, [{ day, currency, base, rate: written }]);
    tools.print(`From ${day} on, 1 ${currency} is ${written} ${base}.`);
  });
}

async function printRates(tools: CliTools, options: RateOptions): Promise<void> {
  await withParts(tools, async ({ database }) => {
    const { workspace_id: workspaceId } = await chooseWorkspace(database.db, options.workspace);
    const rates = await listRates(database.db, { workspaceId, limit: MOST_LISTED });
    if (options.json) tools.print(JSON.stringify(rates));
    else if (rates.length === 0) tools.print('There are no rates yet. Set one: rastro rates set USD 5.43');
    else
      for (const { day, currency, base, rate } of rates)
        tools.print(`${day}  1 ${currency} = ${rate} ${base}`);
  });
}
