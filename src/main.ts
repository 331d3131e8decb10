import { Command, Option } from 'commander';
import { BackupRefused } from './backup/backup-format.ts';
import { addApiKeyCommand } from './cli/api-key.ts';
import { addBackupCommand } from './cli/backup.ts';
import { addBotsCommand } from './cli/bots.ts';
import { addBroadcastsCommand } from './cli/broadcasts.ts';
import { CommandRefused } from './cli/choose-workspace.ts';
import { addDoctorCommand } from './cli/doctor.ts';
import { addEvaluateCommand } from './cli/evaluate.ts';
import { addGeoCommand } from './cli/geo.ts';
import { addImportCommand } from './cli/import.ts';
import { addIpSaltCommand } from './cli/ip-salt.ts';
import { addMigrateCommand } from './cli/migrate.ts';
import { addPartitionsCommand } from './cli/partitions.ts';
import { addPrivacyCommand } from './cli/privacy.ts';
import { addProfilesCommand } from './cli/profiles.ts';
import { addReportCommand } from './cli/report.ts';
import { addRestoreCommand } from './cli/restore.ts';
import { addSecretsCommand } from './cli/secrets.ts';
import { addSegmentsCommand } from './cli/segments.ts';
import { addSpendCommand } from './cli/spend.ts';
import { addRatesCommand } from './cli/spend-rates.ts';
import type { CliTools } from './cli/tools.ts';
import { addTraceCommand } from './cli/trace.ts';
import { addUserCommand } from './cli/user.ts';
import { ConfigError, readConfig } from './config.ts';
import { MigrationRefused } from './io/migrate.ts';
import { openParts } from './parts.ts';
import { ROLES, type Role, serve } from './serve.ts';

/** What commands work with; logs go nowhere, so that `--json` prints nothing but JSON. */
const tools: CliTools = {
  open: async () => {
    const config = readConfig();
    return openParts({ ...config, logLevel: 'silent' }, 'share');
  },
  print: (text) => {
    process.stdout.write(`${text}\n`);
  },
};

function buildProgram(): Command {
  const program = new Command('rastro')
    .description('Ad attribution: from the ad click to the closed sale, and back to the ad platforms.')
    .showHelpAfterError()
    .configureHelp({ sortSubcommands: true });
  program
    .command('serve')
    .description('serve over HTTP until stopped')
    .addOption(
      new Option('--role <role>', 'edge: the public edge and its log; worker: the work behind it; all: both')
        .choices(ROLES)
        .default('all'),
    )
    .action((options: { role: Role }) => serve(readConfig(), options.role));
  addMigrateCommand(program, tools);
  addUserCommand(program, tools);
  addApiKeyCommand(program, tools);
  addDoctorCommand(program, tools);
  addImportCommand(program, tools);
  addBotsCommand(program, tools);
  addBroadcastsCommand(program, tools);
  addGeoCommand(program, tools);
  addEvaluateCommand(program, tools);
  addTraceCommand(program, tools);
  addPartitionsCommand(program, tools);
  addPrivacyCommand(program, tools);
  addProfilesCommand(program, tools);
  addReportCommand(program, tools);
  addBackupCommand(program, tools);
  addRestoreCommand(program, tools);
  addSecretsCommand(program, tools);
  addIpSaltCommand(program, tools);
  addSegmentsCommand(program, tools);
  addSpendCommand(program, tools);
  addRatesCommand(program, tools);
  return program;
}

/** What the operator can mend is one line; a bug comes with its stack. */
function describeFailure(error: unknown): string {
  const isClear = [ConfigError, MigrationRefused, CommandRefused, BackupRefused].some(
    (kind) => error instanceof kind,
  );
  if (error instanceof Error && isClear) return error.message;
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `${error.message}. Another program listens there: stop it, or set PORT to a free one.`;
  }
  return (error.stack ?? error.message).slice(0, 4000);
}

// `rastro trace … | head`: whoever reads has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await buildProgram().parseAsync();
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
  // A start that failed half-way may have left threads and sockets open.
  process.exit();
}
