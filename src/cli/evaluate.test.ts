import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { addEvaluateCommand } from './evaluate.ts';

const directory = mkdtempSync(join(tmpdir(), 'rastro-evaluate-'));
const file = join(directory, 'labelled.csv');
afterAll(() => rmSync(directory, { recursive: true }));

/** What the command prints. */
async function run(...words: string[]): Promise<string> {
  const printed: string[] = [];
  const program = new Command().exitOverride();
  addEvaluateCommand(program, { print: (text) => printed.push(text) });
  await program.parseAsync(['evaluate', ...words], { from: 'user' });
  return printed.join('\n');
}

test('a generated set goes to a file, and is measured from it', async () => {
  const made = ['--generate', '--seed', '5', '--rows', '2000', '--out', file];
  expect(await run('fraud', ...made)).toMatch(/^2\d\d\d people written to /);
  const whole: { name: string; true_positives: number; false_negatives: number }[] = JSON.parse(
    await run('fraud', '--csv', file, '--json'),
  );
  expect(whole.map(({ name }) => name)).toEqual([
    'whole file: fraud score from 70 on',
    'whole file: suspicious, by either score',
  ]);
  for (const one of whole) expect(one.true_positives + one.false_negatives).toBeGreaterThan(100);
  const table = await run('fraud', '--csv', file, '--half', 'test');
  expect(table).toMatch(/precision {2}.*recall\ntest half: fraud score from 70 on .* % .* %\n/);
  expect(await run('fraud', '--csv', file, '--thresholds')).toContain('tuning half: fraud score from 50 on');
  // Nowhere but abroad: everybody at home is foreign.
  const elsewhere = await run('fraud', '--csv', file, '--countries', 'pt', '--json');
  expect(JSON.parse(elsewhere)[0].false_positives).toBeGreaterThan(200);
});

test.each([
  [['fraud', '--csv', join(directory, 'none.csv')], /cannot be read/],
  [['fraud', '--half', 'best'], /tuning or test/],
  [['fraud', '--rows', 'many'], /--rows must be/],
  [['fraud', '--timezone', 'Brazil'], /no IANA zone/],
])('%j is refused in one line', async (words, message) => {
  await expect(run(...words)).rejects.toThrow(message);
});

test('each evaluation takes --json', async () => {
  expect(JSON.parse(await run('bots', '--json'))).toHaveLength(2);
});
