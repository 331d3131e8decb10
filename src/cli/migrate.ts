import type { Command } from 'commander';
import { migrate } from '../io/migrate.ts';
import { MIGRATIONS_DIRECTORY } from '../io/migrations-directory.ts';
import { type CliTools, withParts } from './tools.ts';

/** `rastro migrate`: brings the database to what this version needs; safe beside a running server. */
export function addMigrateCommand(program: Command, tools: CliTools): void {
  program
    .command('migrate')
    .description('bring the database to what this version needs')
    .option('--json', 'print the applied migrations as JSON')
    .action((options: { json?: boolean }) =>
      withParts(tools, async ({ database }) => {
        const log = options.json ? undefined : tools.print;
        const result = await migrate(database, { directory: MIGRATIONS_DIRECTORY, ...(log ? { log } : {}) });
        if (options.json) tools.print(JSON.stringify(result));
        else if (result.applied.length === 0) tools.print('The database is up to date.');
      }),
    );
}
