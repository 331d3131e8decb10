import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import {
  evaluateBothScores,
  evaluateThresholds,
  type FraudEvaluation,
  type FraudSetting,
  scoreFraudCases,
} from '../evaluation/evaluate-fraud.ts';
import {
  buildFraudCsv,
  type FraudCase,
  type Half,
  halfOf,
  readFraudCases,
} from '../evaluation/fraud-cases.ts';
import { generateFraud } from '../evaluation/generate-fraud.ts';
import { CommandRefused } from './choose-workspace.ts';
import type { CliTools } from './tools.ts';

interface FraudOptions {
  readonly csv?: string;
  readonly half?: string;
  readonly thresholds?: boolean;
  readonly timezone: string;
  readonly countries: string;
  readonly generate?: boolean;
  readonly seed: string;
  readonly rows: string;
  readonly out?: string;
}

const SEED = 1;
const ROWS = 20_000;
const SETTING: FraudSetting = { timezone: 'America/Sao_Paulo', expectedCountries: ['BR'] };

/** `rastro evaluate fraud`: how well the scores tell fraud from people, on a labelled file or a generated one. */
export function addEvaluateFraudCommand(evaluate: Command, tools: Pick<CliTools, 'print'>): void {
  evaluate
    .command('fraud')
    .description('how well the scores tell fraud from people')
    .option('--csv <file>', 'a labelled file, instead of a generated set')
    .option('--half <tuning|test>', 'only one half, told by a hash of the address')
    .option('--thresholds', 'what each threshold of the fraud score would bring on the tuning half')
    .option('--timezone <name>', 'zone of the nights', SETTING.timezone)
    .option('--countries <list>', 'where the workspace sells', SETTING.expectedCountries.join(','))
    .option('--generate', 'write a generated set instead of measuring')
    .option('--seed <number>', 'of the generated set', String(SEED))
    .option('--rows <number>', 'of the generated set', String(ROWS))
    .option('--out <file>', 'where the generated set goes; standard output if not given')
    .action((options: FraudOptions) => {
      if (options.generate) {
        generate(options, tools);
        return;
      }
      const found = measure(options);
      tools.print(
        evaluate.opts<{ json?: boolean }>().json ? JSON.stringify(found, null, 2) : describeFraud(found),
      );
    });
}

/** The figures of the generated set that the program comes with, both halves. */
export function evaluateGeneratedFraud(): readonly FraudEvaluation[] {
  return evaluateHalves(generateFraud({ seed: SEED, rows: ROWS }), SETTING);
}

/** Evaluations as a table. */
export function describeFraud(found: readonly FraudEvaluation[]): string {
  const cell = (text: string | number, width: number) => String(text).padStart(width);
  const width = Math.max(...found.map(({ name }) => name.length));
  const percent = (share: number | null) => (share === null ? '-' : `${(share * 100).toFixed(1)} %`);
  const head = ['fraud caught', 'missed', 'people wronged', 'passed', 'precision', 'recall'];
  const lines = found.map((one) => [
    ...[one.true_positives, one.false_negatives, one.false_positives, one.true_negatives],
    ...[percent(one.precision), percent(one.recall)],
  ]);
  const row = (name: string, cells: readonly (string | number)[]) =>
    name.padEnd(width) + cells.map((text, index) => cell(text, (head[index] ?? '').length + 2)).join('');
  return [row('', head), ...lines.map((cells, index) => row(found[index]?.name ?? '', cells))].join('\n');
}

function generate(options: FraudOptions, tools: Pick<CliTools, 'print'>): void {
  const csv = buildFraudCsv(
    generateFraud({ seed: readNumber(options, 'seed'), rows: readNumber(options, 'rows') }),
  );
  if (options.out === undefined) {
    tools.print(csv.trimEnd());
    return;
  }
  writeFileSync(options.out, csv);
  tools.print(`${csv.split('\n').length - 2} people written to ${options.out}.`);
}

function measure(options: FraudOptions): readonly FraudEvaluation[] {
  const cases = options.csv === undefined ? generateFromOptions(options) : readCsv(options.csv);
  const setting = readSetting(options);
  const half = readHalf(options.half);
  if (options.thresholds) return evaluateThresholds('tuning half', scoreHalf(cases, setting, 'tuning'));
  if (half !== null) return evaluateBothScores(`${half} half`, scoreHalf(cases, setting, half));
  if (options.csv !== undefined) return evaluateBothScores('whole file', scoreFraudCases(cases, setting));
  return evaluateHalves(cases, setting);
}

const generateFromOptions = (options: FraudOptions) =>
  generateFraud({ seed: readNumber(options, 'seed'), rows: readNumber(options, 'rows') });

const scoreHalf = (cases: readonly FraudCase[], setting: FraudSetting, half: Half) =>
  scoreFraudCases(cases, setting).filter((one) => halfOf(one.case) === half);

const evaluateHalves = (cases: readonly FraudCase[], setting: FraudSetting): readonly FraudEvaluation[] =>
  (['tuning', 'test'] as const).flatMap((half) =>
    evaluateBothScores(`${half} half`, scoreHalf(cases, setting, half)),
  );

function readCsv(file: string): readonly FraudCase[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new CommandRefused(`${file} cannot be read.`);
  }
  const read = readFraudCases(text);
  if (read.kind === 'bad') throw new CommandRefused(`${file}: ${read.message}`);
  return read.cases;
}

function readSetting({ timezone, countries }: FraudOptions): FraudSetting {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    throw new CommandRefused(`--timezone ${timezone} is no IANA zone, like America/Sao_Paulo.`);
  }
  const expectedCountries = countries
    .toUpperCase()
    .split(/[\s,]+/)
    .filter((code) => code !== '');
  return { timezone, expectedCountries };
}

function readHalf(text: string | undefined): Half | null {
  if (text === undefined || text === 'tuning' || text === 'test') return text ?? null;
  throw new CommandRefused('--half must be tuning or test.');
}

function readNumber(options: FraudOptions, name: 'seed' | 'rows'): number {
  const number = Number(options[name]);
  if (Number.isInteger(number) && number > 0 && number <= 1_000_000) return number;
  throw new CommandRefused(`--${name} must be a whole number from 1 to 1000000.`);
}
