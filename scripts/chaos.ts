// `npm run chaos [-- --seed N] [--rounds N] [words of a scenario's name]`: the long form of test/chaos, with the counts of
// every scenario in a table at the end. Exit code 1 if anything was lost, counted twice or sent twice.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startTestServers } from '../test/support/test-servers.ts';
import { makeRunFolder, runVitest } from './run-vitest.ts';
import { installTestPrograms } from './test-programs.ts';

const COLUMNS = [
  'acknowledged',
  'found',
  'lost',
  'announced',
  'lostByControl',
  'twice',
  'deliveries',
  'eventIds',
  'repeated',
  'sentTwice',
] as const;

const countsSchema = z.object({
  scenario: z.string(),
  counts: z.partialRecord(z.enum(COLUMNS), z.number()),
});

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), duration: z.number().nullish() }),
      ),
    }),
  ),
});

interface Row {
  readonly scenario: string;
  readonly seconds: number;
  readonly status: string;
  readonly counts: z.infer<typeof countsSchema>['counts'];
}

/** One row a test that ran, with what it counted; a file that could not be loaded is a failed one. */
function readRows(reportFile: string, countsFile: string): Row[] {
  const counted = readCounts(countsFile);
  // Stopped in the middle: what was counted until then is all that there is.
  if (!existsSync(reportFile)) return counted.map((one) => ({ ...one, seconds: 0, status: 'cut off' }));
  const counts = new Map(counted.map((one) => [flatten(one.scenario), one.counts]));
  const report = reportSchema.parse(JSON.parse(readFileSync(reportFile, 'utf8')));
  return report.testResults.flatMap(({ name, message, assertionResults }) => {
    if (assertionResults.length === 0 && message !== '')
      return [{ scenario: name, seconds: 0, status: 'failed', counts: {} }];
    const ran = assertionResults.filter(({ status }) => status !== 'skipped' && status !== 'pending');
    return ran.map(({ fullName, status, duration }) => ({
      scenario: fullName,
      seconds: (duration ?? 0) / 1000,
      status,
      counts: counts.get(flatten(fullName)) ?? {},
    }));
  });
}

function readCounts(file: string): z.infer<typeof countsSchema>[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => countsSchema.parse(JSON.parse(line)));
}

/** The two reports part a suite from its tests in different ways. */
const flatten = (name: string): string => name.replaceAll(' > ', ' ');

function printTable(rows: readonly Row[]): void {
  const heads = COLUMNS.map((column) => column.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
  const lines = rows.map((row) => [
    ...COLUMNS.map((column) => String(row.counts[column] ?? '-')),
    row.seconds.toFixed(0),
    row.status,
    row.scenario,
  ]);
  const table = [[...heads, 's', 'result', 'scenario'], ...lines];
  const widths =
    table[0]?.map((_, index) => Math.max(...table.map((line) => line[index]?.length ?? 0))) ?? [];
  for (const line of table) {
    const cells = line.map((cell, index) =>
      index <= COLUMNS.length ? cell.padStart(widths[index] ?? 0) : cell.padEnd(7),
    );
    console.log(cells.join('  ').trimEnd());
  }
}

const isBad = ({ status, counts }: Row): boolean =>
  status !== 'passed' || [counts.lost, counts.twice, counts.sentTwice].some((count) => (count ?? 0) > 0);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { seed: { type: 'string' }, rounds: { type: 'string' } },
    allowPositionals: true,
  });
  const seed = values.seed ?? String(Math.floor(Math.random() * 1_000_000));
  if (values.rounds !== undefined && !/^[1-9]\d*$/.test(values.rounds))
    throw new Error('--rounds must be a whole number from 1');
  installTestPrograms();
  const folder = makeRunFolder();
  const files = { report: join(folder, 'report.json'), counts: join(folder, 'counts.jsonl') };
  const servers = await startTestServers();
  console.log(`Seed ${seed}: the same moments again with --seed ${seed}`);
  try {
    const names = positionals.map((word) => word.replace(/[^\w -]/g, '.')).join('|');
    const env = {
      CHAOS_FORM: 'long',
      CHAOS_SEED: seed,
      CHAOS_REPORT: files.counts,
      ...(values.rounds === undefined ? {} : { CHAOS_ROUNDS: values.rounds }),
    };
    const args = ['--project', 'chaos', ...(names === '' ? [] : ['-t', names])];
    const code = await runVitest(args, files.report, env);
    const rows = readRows(files.report, files.counts);
    printTable(rows);
    const bad = rows.filter(isBad).length;
    console.log(`${rows.length - bad} scenarios hold, ${bad} do not (seed ${seed})`);
    return bad > 0 || rows.length === 0 ? 1 : code;
  } finally {
    await servers.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
