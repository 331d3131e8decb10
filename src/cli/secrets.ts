import type { Command } from 'commander';
import { LEAD_HASH_PURPOSE } from '../leads/lead-tools.ts';
import { deriveKey } from '../parts.ts';
import { archiveDirectoryOf } from '../privacy/build-privacy-tools.ts';
import { rotateSecrets } from '../privacy/rotate-secrets.ts';
import { CommandRefused } from './choose-workspace.ts';
import { createProgress } from './import-progress.ts';
import { type CliTools, withParts } from './tools.ts';

/** `rastro secrets rotate`: seals everything anew with the present SECRET_KEY. */
export function addSecretsCommand(program: Command, tools: CliTools): void {
  program
    .command('secrets')
    .description('the key that seals credentials and personal data')
    .command('rotate')
    .description('seal everything anew with SECRET_KEY; SECRET_KEY_PREVIOUS opens what is there')
    .option('--json', 'print the report as JSON')
    .action((options: { json?: boolean }) =>
      withParts(tools, async ({ config, database, vault }) => {
        if (config.secretKeyPrevious === null) {
          throw new CommandRefused(
            'Set SECRET_KEY to the new key and SECRET_KEY_PREVIOUS to the one of before, for the server too.',
          );
        }
        const counts = await rotateSecrets(database.db, {
          leads: { vault, hashKey: deriveKey(config, LEAD_HASH_PURPOSE) },
          archiveDirectory: archiveDirectoryOf(config),
          actor: 'cli',
          onProgress: createProgress(process.stderr, Date.now, 'steps'),
        });
        if (options.json) tools.print(JSON.stringify(counts, null, 2));
        else {
          for (const [place, values] of Object.entries(counts))
            tools.print(`${String(values).padStart(9)}  ${place}`);
          tools.print(
            'Everything is sealed with SECRET_KEY. Remove SECRET_KEY_PREVIOUS and start the server again.',
          );
        }
      }),
    );
}
