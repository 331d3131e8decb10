import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { startTestServers } from '../test/support/test-servers.ts';
import { makeRunFolder, runVitest } from './run-vitest.ts';
import { installTestPrograms } from './test-programs.ts';

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

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
