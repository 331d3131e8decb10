import { resolve } from 'node:path';
import type { Command } from 'commander';
import { writeBackup } from '../backup/write-backup.ts';
import { type CliTools, withParts } from './tools.ts';

/** `rastro backup --out <file>`: every table into one portable file; safe beside a running server. */
export function addBackupCommand(program: Command, tools: CliTools): void {
  program
    .command('backup')
    .description('write every table into one file, for a restore here or on any other database')
    .requiredOption('--out <file>', 'a gzip file; one that is there is replaced when the new one is whole')
    .option('--json', 'print the counts as JSON')
    .action((options: { out: string; json?: boolean }) =>
      withParts(tools, async ({ database, config }) => {
        const file = resolve(options.out);
        const totals = await writeBackup({
          pool: database.pool,
          secrets: config,
          file,
          now: new Date(),
          onProgress: (table, rows) => process.stderr.write(`${table}: ${rows} rows\n`),
        });
        if (options.json) {
          tools.print(JSON.stringify({ file, ...totals }));
          return;
        }
        tools.print(`${totals.rows} rows of ${totals.tables} tables are in ${file}.`);
        tools.print(
          `Keep SECRET_KEY and IP_HASH_SALT (in ${config.dataDir} if they were generated) beside it, in another place: without them it cannot be restored.`,
        );
      }),
    );
}
