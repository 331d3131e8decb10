import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from '../test/support/installed-programs.ts';

const PROJECT_DIR = fileURLToPath(new URL('..', import.meta.url));
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs vitest with the given arguments and more environment; answers its exit code when nothing of it is left. */
export async function runVitest(
  args: readonly string[],
  reportFile: string,
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const vitest = join(PROJECT_DIR, 'node_modules', 'vitest', 'vitest.mjs');
  // A process group of its own: stopped in the middle, vitest would leave its workers and their servers behind.
  const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...args], {
    cwd: PROJECT_DIR,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NODE_ENV: 'test', TEST_CHROMIUM: findChromium() ?? '', ...env },
    detached: true,
  });
  for (const signal of STOP_SIGNALS) process.on(signal, () => child.kill(signal));
  const code = await new Promise<number>((resolve) => child.on('close', (exit) => resolve(exit ?? 1)));
  endGroup(child.pid);
  return code;
}

function endGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // ESRCH: nothing of it is left.
  }
}

/** One folder for every temporary file of the run. Open to be passed through: PostgreSQL runs as another user when we are root. */
export function makeRunFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rastro-test-'));
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  return folder;
}
