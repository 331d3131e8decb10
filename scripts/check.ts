import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROJECT_DIR = fileURLToPath(new URL('..', import.meta.url));
const AT_ONCE = 2;

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** The step makes sense only once this file is there. */
  readonly needs?: string;
}

/** Longest first, so that both cores end at about the same time. */
const STEPS: readonly Step[] = [
  { name: 'promises, switches, sizes (eslint)', command: ['bin:eslint', '.'] },
  { name: 'types (tsc 7)', command: ['bin:tsc', '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'types of the site script (tsc 7)', command: ['bin:tsc', '--noEmit', '-p', 'tsconfig.sdk.json'] },
  {
    name: 'table types are fresh',
    command: ['node', 'scripts/codegen.ts', '--verify'],
    needs: 'src/io/migrate.ts',
  },
  {
    name: 'API document is fresh',
    command: ['node', 'scripts/openapi.ts', '--verify'],
    needs: 'src/main.ts',
  },
  {
    // Whole files: a unit test may reach a function of a file that is itself in use.
    name: 'code that only tests reach (knip)',
    command: [
      'bin:knip',
      '--production',
      '--include',
      'files,dependencies,unlisted',
      '--no-progress',
      '--no-config-hints',
    ],
  },
  { name: 'unused code (knip)', command: ['bin:knip', '--no-progress', '--no-config-hints'] },
  {
    name: 'rooms (dependency-cruiser)',
    command: [
      'bin:depcruise',
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err',
      'src',
      'sdk',
      'test',
      'scripts',
      'bench',
    ],
  },
  {
    name: 'format and lint (biome)',
    command: ['bin:biome', 'check', '--error-on-warnings', '--diagnostic-level=warn', '.'],
  },
  { name: 'lock file', command: ['npm', 'ci', '--dry-run', '--loglevel=error', '--no-audit', '--no-fund'] },
];

interface Result {
  readonly code: number;
  readonly output: string;
  readonly seconds: string;
}

function run(step: Step): Promise<Result> {
  const startedAt = performance.now();
  const [program = '', ...args] = step.command;
  const command = program.startsWith('bin:')
    ? `node_modules/.bin/${program.slice(4)}`
    : program === 'node'
      ? process.execPath
      : program;
  const child = spawn(command, args, { cwd: PROJECT_DIR, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return new Promise((resolve) => {
    const settle = (code: number): void =>
      resolve({ code, output: output.trim(), seconds: ((performance.now() - startedAt) / 1000).toFixed(1) });
    child.on('error', (error) => {
      keep(Buffer.from(error.message));
      settle(127);
    });
    child.on('close', (code) => settle(code ?? 1));
  });
}

/** One line a step; what a step said only when it failed or warned. */
function show(step: Step, result: Result): void {
  const verdict = result.code === 0 ? 'ok    ' : 'FAILED';
  console.log(`${verdict} ${result.seconds.padStart(5)} s  ${step.name}`);
  const warned = /\bwarnings?\b/i.test(result.output) && step.name.includes('eslint');
  if (result.code !== 0 || warned) console.log(`\n${result.output}\n`);
}

async function main(): Promise<number> {
  const chosen = process.argv.slice(2);
  const waiting = STEPS.filter(
    (step) => step.needs === undefined || existsSync(`${PROJECT_DIR}${step.needs}`),
  ).filter((step) => chosen.length === 0 || chosen.some((word) => step.name.includes(word)));
  let failures = 0;
  const work = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const result = await run(step);
      show(step, result);
      if (result.code !== 0) failures += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  console.log(failures === 0 ? 'All checks hold.' : `${failures} of the checks failed.`);
  return failures === 0 ? 0 : 1;
}

process.exitCode = await main();
