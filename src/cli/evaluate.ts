import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import type { Score } from '../evaluation/cases.ts';
import { type BotEvaluation, evaluateBots } from '../evaluation/evaluate-bots.ts';
import { evaluateGeo } from '../evaluation/evaluate-geo.ts';
import { evaluateUserAgents } from '../evaluation/evaluate-user-agents.ts';
import { openGeo } from '../io/geo/geo.ts';
import { openLogger } from '../io/logger.ts';
import { addEvaluateFraudCommand, describeFraud, evaluateGeneratedFraud } from './evaluate-fraud.ts';
import type { CliTools } from './tools.ts';

interface JsonOption {
  readonly json?: boolean;
}

/** `rastro evaluate [bots|user-agents|geo|fraud]`: measures the program's guesses on labelled sets; all of them if none is named. */
export function addEvaluateCommand(program: Command, tools: Pick<CliTools, 'print'>): void {
  const evaluate = program
    .command('evaluate')
    .description('measure guesses on labelled sets; without a word all of them')
    .option('--json', 'print it as JSON')
    .action(async ({ json }: JsonOption) => tools.print(await describeAll(json === true)));
  const show = <Row>(rows: readonly Row[], line: (row: Row) => string) =>
    tools.print(evaluate.opts<JsonOption>().json ? JSON.stringify(rows, null, 2) : rows.map(line).join('\n'));
  evaluate
    .command('bots')
    .description('how well programs are told from people')
    .action(() => show(evaluateBots(), describeBots));
  evaluate
    .command('user-agents')
    .description('how well device, system and app are read')
    .action(() => show(evaluateUserAgents(), describeScore));
  evaluate
    .command('geo')
    .description('how well the geo data in use knows places')
    .action(async () => show(await readGeoScores(), describeScore));
  addEvaluateFraudCommand(evaluate, tools);
}

async function describeAll(isJson: boolean): Promise<string> {
  const [bots, userAgents, geo] = [evaluateBots(), evaluateUserAgents(), await readGeoScores()];
  const fraud = evaluateGeneratedFraud();
  if (isJson) return JSON.stringify({ bots, user_agents: userAgents, geo, fraud }, null, 2);
  return [
    ['Programs told from people', ...bots.map(describeBots)],
    ['Devices', ...userAgents.map(describeScore)],
    ['Places', ...geo.map(describeScore)],
    ['Fraud told from people, on a generated set', describeFraud(fraud)],
  ]
    .map((lines) => lines.join('\n'))
    .join('\n\n');
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
