// The one door behind every npm script. Plain JavaScript, because it must run on any Node from 20 on: it brings what is
// missing (dependencies, a newer Node) and goes on with it. Everything it says goes to standard error, so that
// `npm run rastro -- … --json` prints nothing but JSON.
import { runChild } from './setup/child.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { findNode } from './setup/runtime.mjs';
import { SetupError, say } from './setup/say.mjs';

const TARGETS = {
  start: { args: ['src/main.ts', 'serve'] },
  dev: { args: ['scripts/dev.ts'] },
  rastro: { args: ['src/main.ts'] },
  test: { args: ['scripts/test.ts'] },
  check: { args: ['scripts/check.ts'] },
  bench: { args: ['bench/run.ts'] },
  chaos: { args: ['scripts/chaos.ts'] },
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
