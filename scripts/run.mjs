// The one door behind every npm script. Plain JavaScript, because it must run on any Node from 20 on: it brings what is
// missing (dependencies, a newer Node) and goes on with it. Everything it says goes to standard error, so that
// `npm run rastro -- … --json` prints nothing but JSON.
import { join } from 'node:path';
import { runChild } from './setup/child.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { findNode } from './setup/runtime.mjs';
import { PROJECT_DIR, SetupError, say } from './setup/say.mjs';

// Sources without their types and their machine code, kept from one start to the next: a start takes two thirds of the
// time, and 30 MB less, because the stripper of types is not loaded.
const COMPILED = { NODE_COMPILE_CACHE: join(PROJECT_DIR, 'node_modules', '.cache', 'rastro') };

// The server's memory (docs/benchmarks.md); Dockerfile and systemd unit have the same, its other processes inherit it.
// By itself Node keeps 100 MB for the youngest objects and lets twice as much garbage wait as there are objects in
// use, and the C library keeps what large buffers once took.
const SMALL_HEAP = ['--max-semi-space-size=8', '--heap-growing-percent=50'];
const SERVER = { ...COMPILED, MALLOC_TRIM_THRESHOLD_: '131072' };

const TARGETS = {
  start: { args: [...SMALL_HEAP, 'src/main.ts', 'serve'], env: SERVER },
  dev: { args: ['scripts/dev.ts'] },
  rastro: { args: [...SMALL_HEAP, 'src/main.ts'], env: SERVER },
  test: { args: ['scripts/test.ts'], env: COMPILED },
  check: { args: ['scripts/check.ts'] },
  bench: { args: ['bench/run.ts'] },
  chaos: { args: ['scripts/chaos.ts'], env: COMPILED },
};

const [name = '', ...rest] = process.argv.slice(2);
const target = TARGETS[name];

if (target === undefined) {
  say(`Unknown target "${name}". One of: ${Object.keys(TARGETS).join(', ')}.`);
  process.exitCode = 2;
} else {
  try {
    await installDependencies();
    const node = await findNode();
    process.exitCode = await runChild(node, [...target.args, ...rest], target.env ?? {});
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
