import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { runDueProfiles } from '../profiles/due-profiles.ts';
import { findProfileProgress } from '../profiles/profile-progress.ts';
import { createProgress } from './import-progress.ts';
import { type CliParts, type CliTools, withParts } from './tools.ts';

/** A running server makes them as well, one at a time: then this only watches. */
const LOOK_MS = 200;

/** `rastro profiles run`: makes every profile and score that is due now, and shows how far it is. */
export function addProfilesCommand(program: Command, tools: CliTools): void {
  program
    .command('profiles')
    .description('profiles and scores of people in bots and of leads')
    .command('run')
    .description(
      'make all that new facts or other settings have made due, which the server does by itself too',
    )
    .option('--json', 'print the number of profiles made as JSON')
    .action((options: { json?: boolean }) =>
      withParts(tools, async (parts) => {
        const made = await runAll(parts);
        if (options.json) tools.print(JSON.stringify({ made }));
        else tools.print(made === 0 ? 'All profiles are up to date.' : `${made} profiles made anew.`);
      }),
    );
}

async function runAll({ database: { db } }: CliParts): Promise<number> {
  const countLeft = async () => {
    const { botUsers, leads } = await findProfileProgress(db, null);
    return botUsers.outstanding + leads.outstanding;
  };
  const total = await countLeft();
  if (total === 0) return 0;
  const tell = createProgress(process.stderr, Date.now, 'profiles');
  for (let left = total; left > 0; left = await countLeft()) {
    tell(Math.max(0, total - left), total);
    if ((await runDueProfiles(db)) === 0) await sleep(LOOK_MS);
  }
  tell(total, total);
  return total;
}
