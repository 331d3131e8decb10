import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { openParts } from '../../src/parts.ts';
import type { TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

/** A look takes seconds where something does not answer. */
const DOCTOR_PATIENCE = { timeoutMs: 90_000, everyMs: 250 };

/** What `rastro doctor` is to say of a fault. */
export interface ExpectedFinding {
  readonly check: string;
  readonly detail: RegExp;
  readonly fix: RegExp;
}

/** What `rastro doctor` finds now, with the settings of this server and beside it. */
export async function askDoctor(server: Pick<TestServer, 'environment'>): Promise<Finding[]> {
  const environment = server.environment();
  const config = readConfig({ ...environment, LOG_LEVEL: 'silent' }, environment.DATA_DIR);
  const parts = await openParts(config, 'join');
  try {
    return await examine(parts);
  } finally {
    await parts.database.close();
  }
}

/** The same by the command line, of another copy of the program if given, in a process with the server's environment. */
export async function askDoctorByCommand(
  server: Pick<TestServer, 'environment'>,
  program = MAIN,
): Promise<Finding[]> {
  const environment = server.environment();
  const env = { PATH: process.env.PATH ?? '', ...environment };
  const run = promisify(execFile);
  const options = { cwd: environment.DATA_DIR ?? '/', env };
  // Exit code 1 says that there is a fault; the findings are told all the same.
  const { stdout } = await run(process.execPath, [program, 'doctor', '--json'], options).catch(
    (error: unknown) => ({ stdout: readOutput(error) }),
  );
  return JSON.parse(stdout) as Finding[];
}

const readOutput = (error: unknown): string =>
  error instanceof Error && 'stdout' in error ? String(error.stdout) : '';

/** Waits until the doctor finds the fault and names its mend. */
export async function expectFinding(
  server: Pick<TestServer, 'environment'>,
  expected: ExpectedFinding,
): Promise<void> {
  let all: Finding[] = [];
  const look = async () => {
    all = await askDoctor(server);
    return all.some((finding) => isLike(finding, expected));
  };
  const isFound = await waitFor(expected.check, look, DOCTOR_PATIENCE).catch(() => false);
  expect(isFound, `${expected.check} ${expected.detail} is not among ${JSON.stringify(all)}`).toBe(true);
}

const isLike = (finding: Finding, { check, detail, fix }: ExpectedFinding): boolean =>
  finding.check === check && finding.state !== 'ok' && detail.test(finding.detail) && fix.test(finding.fix);
