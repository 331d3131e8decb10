import type { Command } from 'commander';
import { ensureMonthsAhead } from '../jobs/month-partitions.ts';
import { type CliTools, withParts } from './tools.ts';

/** `rastro partitions run`: makes the months ahead of every monthly table now, as the nightly job does. */
export function addPartitionsCommand(program: Command, tools: CliTools): void {
  program
    .command('partitions')
    .description('the monthly tables')
    .command('run')
    .description('make the partitions of this month and the three after it, where they are missing')
    .option('--json', 'print the number of partitions made as JSON')
    .action((options: { json?: boolean }) =>
      withParts(tools, async ({ database }) => {
        const made = await ensureMonthsAhead(database.db, new Date());
        if (options.json) tools.print(JSON.stringify({ made }));
        else tools.print(made === 0 ? 'All months are there.' : `${made} partitions made.`);
      }),
    );
}
