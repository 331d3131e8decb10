import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import type { Score } from '../evaluation/cases.ts';
import { type BotEvaluation, evaluateBots } from '../evaluation/evaluate-bots.ts';
import { evaluateGeo } from '../evaluation/evaluate-geo.ts';
import { evaluateUserAgents } from '../evaluation/evaluate-user-agents.ts';
import { openGeo } from '../io/geo/geo.ts';
import { openLogger } from '../io/logger.ts';
import type { CliTools } from './tools.ts';

interface JsonOption {
  readonly json?: boolean;
}

/** `rastro evaluate bots|user-agents|geo`: measures the program's guesses on labelled sets that come with it. */
export function addEvaluateCommand(program: Command, tools: Pick<CliTools, 'print'>): void {
  const evaluate = program.command('evaluate').description('measure guesses on labelled sets');
  const show = <Row>(rows: readonly Row[], line: (row: Row) => string, { json }: JsonOption) =>
    tools.print(json ? JSON.stringify(rows, null, 2) : rows.map(line).join('\n'));
  evaluate
    .command('bots')
    .description('how well programs are told from people')
    .option('--json', 'print it as JSON')
    .action((options: JsonOption) => show(evaluateBots(), describeBots, options));
  evaluate
    .command('user-agents')
    .description('how well device, system and app are read')
    .option('--json', 'print it as JSON')
    .action((options: JsonOption) => show(evaluateUserAgents(), describeScore, options));
  evaluate
    .command('geo')
    .description('how well the geo data in use knows places')
    .option('--json', 'print it as JSON')
    .action(async (options: JsonOption) => show(await readGeoScores(), describeScore, options));
}

async function readGeoScores(): Promise<readonly Score[]> {
  const { geoipCityDb, dataDir } = readConfig();
  const geo = openGeo({
    cityDb: geoipCityDb,
    dataDir,
    logger: openLogger('silent'),
    compilesNetworks: false,
  });
  await geo.ready();
  const scores = evaluateGeo(geo);
  geo.close();
  return scores;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function describeScore({ name, right, cases, share }: Score): string {
  return `${name.padEnd(36)}${`${right} of ${cases}`.padStart(12)}${share === null ? '' : percent(share).padStart(10)}`;
}

function describeBots(found: BotEvaluation): string {
  return [
    found.name,
    `  programs: ${found.true_positives} caught, ${found.false_negatives} missed`,
    `  people:   ${found.false_positives} taken for programs, ${found.true_negatives} not`,
    `  recall ${percent(found.recall)}, precision ${percent(found.precision)} here, ` +
      `${percent(found.precision_at_5_percent)} where 1 visitor in 20 is a program`,
  ].join('\n');
}
