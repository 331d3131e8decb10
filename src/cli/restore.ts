import { resolve } from 'node:path';
import type { Command } from 'commander';
import { restoreBackup } from '../backup/restore-backup.ts';
import { migrate } from '../io/migrate.ts';
import { MIGRATIONS_DIRECTORY } from '../io/migrations-directory.ts';
import { type CliTools, withParts } from './tools.ts';

/** `rastro restore <file>`: a backup into an empty database, embedded or PostgreSQL. */
export function addRestoreCommand(program: Command, tools: CliTools): void {
  program
    .command('restore')
    .description('restore a backup into an empty database; everything or nothing')
    .argument('<file>', 'what `rastro backup` wrote, on whichever kind of database')
    .option('--json', 'print the counts as JSON')
    .action((file: string, options: { json?: boolean }) =>
      withParts(tools, async ({ database, config }) => {
        await migrate(database, { directory: MIGRATIONS_DIRECTORY });
        const totals = await restoreBackup({
          pool: database.pool,
          secrets: config,
          file: resolve(file),
          onProgress: (table, rows) => process.stderr.write(`${table}: ${rows} rows\n`),
        });
        if (options.json) tools.print(JSON.stringify(totals));
        else
          tools.print(
            `${totals.rows} rows of ${totals.tables} tables are restored. The analytics are made anew within a minute of the start.`,
          );
      }),
    );
}
