import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { findChromium } from '../test/support/installed-programs.ts';
import { startTestServers } from '../test/support/test-servers.ts';
import { installTestPrograms } from './test-programs.ts';

const PROJECT_DIR = fileURLToPath(new URL('..', import.meta.url));
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

/** Runs vitest with the given arguments; answers its exit code when nothing of it is left. */
async function runVitest(args: readonly string[], reportFile: string): Promise<number> {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const vitest = join(PROJECT_DIR, 'node_modules', 'vitest', 'vitest.mjs');
  // A process group of its own: stopped in the middle, vitest would leave its workers and their servers behind.
  const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...args], {
    cwd: PROJECT_DIR,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NODE_ENV: 'test', TEST_CHROMIUM: findChromium() ?? '' },
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

/** A file that could not even be loaded has no test in it that could fail, so it counts as one. */
function readTotals(reportFile: string, exitCode: number): { passed: number; failed: number } {
  const least = exitCode === 0 ? 0 : 1;
  try {
    const report = reportSchema.parse(JSON.parse(readFileSync(reportFile, 'utf8')));
    const unloaded = report.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    ).length;
    return { passed: report.numPassedTests, failed: Math.max(report.numFailedTests + unloaded, least) };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

/** One folder for every temporary file of the run. Open to be passed through: PostgreSQL runs as another user when we are root. */
function makeRunFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rastro-test-'));
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  return folder;
}

async function main(): Promise<number> {
  installTestPrograms();
  const folder = makeRunFolder();
  const reportFile = join(folder, 'report.json');
  const servers = await startTestServers();
  try {
    const exitCode = await runVitest(process.argv.slice(2), reportFile);
    const { passed, failed } = readTotals(reportFile, exitCode);
    console.log(`${passed} passed, ${failed} failed`);
    return failed === 0 ? exitCode : exitCode || 1;
  } finally {
    await servers.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
