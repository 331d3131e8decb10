import { join } from 'node:path';
import type { Command } from 'commander';
import { checkDatabase } from '../doctor/check-database.ts';
import { checkGeo } from '../doctor/check-geo.ts';
import { checkMachine } from '../doctor/check-machine.ts';
import { checkExpiries, checkPreflight } from '../doctor/check-preflight.ts';
import { checkStores } from '../doctor/check-stores.ts';
import { checkWork } from '../doctor/check-work.ts';
import type { Finding } from '../doctor/finding.ts';
import { findPlatform } from '../platforms/registry.ts';
import { openInstanceId } from '../projections/instance-id.ts';
import { runPreflight } from '../send/preflight.ts';
import { openRegistry } from '../settings/registry.ts';
import { openStores } from '../stores/open-stores.ts';
import { type CliParts, type CliTools, withParts } from './tools.ts';

const MARKS = { ok: '✓', warning: '!', fault: '✗' } as const;

/** `rastro doctor`: looks at everything and names the fix of each fault; exit code 1 if there is one. */
export function addDoctorCommand(program: Command, tools: CliTools): void {
  program
    .command('doctor')
    .description('check everything, and name the fix of each fault')
    .option('--json', 'print the findings as JSON')
    .action((options: { json?: boolean }) =>
      withParts(tools, async (parts) => {
        const findings = await examine(parts);
        tools.print(options.json ? JSON.stringify(findings) : findings.map(describe).join('\n'));
        if (findings.some((finding) => finding.state === 'fault')) process.exitCode = 1;
      }),
    );
}

async function examine(parts: CliParts): Promise<Finding[]> {
  const { config, database, logger } = parts;
  const machine = [...(await checkMachine(config)), await checkGeo({ ...config, logger })];
  const base = await checkDatabase(database);
  const isReady = base.every((finding) => finding.state === 'ok');
  if (!isReady) return [...machine, ...base];
  const work = await checkWork({
    db: database.db,
    logDirectory: join(config.dataDir, 'log'),
    instanceId: await openInstanceId(config.dataDir),
  });
  const { redisUrl, memcachedUrl } = config;
  const isShared = database.kind === 'postgres';
  const stores = await checkStores(openStores({ redisUrl, memcachedUrl, db: database.db, isShared }));
  const expiries = await checkExpiries(database.db, Date.now());
  return [...machine, ...base, ...work, ...stores, ...expiries, ...(await examineDue(parts))];
}

/** What is due is looked at with the settings as they are now. */
async function examineDue({ database, vault, logger }: CliParts): Promise<Finding[]> {
  const { db } = database;
  const registry = await openRegistry({ db, vault, logger });
  try {
    const question = { db, vault, registry, findPlatform, workspaceId: null, now: Date.now() };
    return checkPreflight(await runPreflight(question));
  } finally {
    registry.close();
  }
}

function describe(finding: Finding): string {
  const line = `${MARKS[finding.state]} ${finding.check}: ${finding.detail}`;
  return finding.state === 'ok' ? line : `${line}\n    Fix: ${finding.fix}`;
}
