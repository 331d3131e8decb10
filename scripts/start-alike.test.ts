import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PROJECT = join(import.meta.dirname, '..');
/** What `npm start` runs is what the other places repeat. */
const FIRST = 'scripts/run.mjs';
const OTHERS = ['Dockerfile', 'deploy/systemd/rastro.service', 'bench/world/rastro.ts'];
const FLAGS = ['max-semi-space-size', 'heap-growing-percent'];

function readStart(place: string) {
  const text = readFileSync(join(PROJECT, place), 'utf8');
  const flags = [...text.matchAll(new RegExp(`--(${FLAGS.join('|')})=(\\d+)`, 'g'))];
  const malloc = [...text.matchAll(/(MALLOC_\w+)\W{1,3}(\d+)/g)];
  return Object.fromEntries([...flags, ...malloc].map(([, name, value]) => [name, value]));
}

test.each(OTHERS)('%s starts the server with the memory of npm start', (place) => {
  const first = readStart(FIRST);
  expect(Object.keys(first)).toEqual([...FLAGS, 'MALLOC_TRIM_THRESHOLD_']);
  expect(readStart(place)).toEqual(first);
});

test('the worker has the flags of the server', () => {
  const { MALLOC_TRIM_THRESHOLD_: _, ...flags } = readStart(FIRST);
  expect(readStart('src/worker-process.ts')).toEqual(flags);
});
