// Runs every benchmark of this folder, one after the other, prints a table and writes bench/results/latest.json.
// `npm run bench -- log` runs those whose file name holds the word.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const rowsSchema = z.array(z.object({ name: z.string() }).loose());
const RESULTS_DIR = join(import.meta.dirname, 'results');

function measure(file: string): z.infer<typeof rowsSchema> {
  process.stderr.write(`${file} …\n`);
  const { status, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, file), '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`${file} ended with code ${status}`);
  return rowsSchema.parse(JSON.parse(stdout));
}

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const files = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)))
  .sort();

const results = files.map((file) => ({ benchmark: file.replace(/\.ts$/, ''), rows: measure(file) }));
for (const { benchmark, rows } of results) {
  console.log(`\n${benchmark}`);
  console.table(rows);
}
mkdirSync(RESULTS_DIR, { recursive: true });
const machine = { node: process.version, cores: cpus().length, model: cpus()[0]?.model ?? 'unknown' };
const report = { at: new Date().toISOString(), machine, results };
writeFileSync(join(RESULTS_DIR, 'latest.json'), `${JSON.stringify(report, null, 2)}\n`);
console.log('\nWritten to bench/results/latest.json');
