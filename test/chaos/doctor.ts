import { expect } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { openParts } from '../../src/parts.ts';
import type { TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';

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
  const isFound = await waitFor(expected.check, look, { everyMs: 250 }).catch(() => false);
  expect(isFound, `${expected.check} ${expected.detail} is not among ${JSON.stringify(all)}`).toBe(true);
}

const isLike = (finding: Finding, { check, detail, fix }: ExpectedFinding): boolean =>
  finding.check === check && finding.state !== 'ok' && detail.test(finding.detail) && fix.test(finding.fix);
