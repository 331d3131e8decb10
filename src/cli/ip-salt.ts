import type { Command } from 'commander';
import { CLICK_FOLLOWERS } from '../bot/follow-clicks.ts';
import { findSaltStatus, type SaltStatus } from '../privacy/ip-salt-status.ts';
import { DEFAULT_OVERLAP_DAYS, type IpSaltRotation, rotateIpSalt } from '../privacy/rotate-ip-salt.ts';
import { CommandRefused } from './choose-workspace.ts';
import { createProgress } from './import-progress.ts';
import { type CliParts, type CliTools, withParts } from './tools.ts';

interface RotateOptions {
  readonly overlapDays: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `rastro ip-salt rotate|status`: changes IP_HASH_SALT without losing who is who. */
export function addIpSaltCommand(program: Command, tools: CliTools): void {
  const group = program.command('ip-salt').description('the salt of address hashes');
  group
    .command('rotate')
    .description('take another salt into use; what matched goes on matching')
    .option(
      '--overlap-days <number>',
      'for how long addresses are looked up under the salt of before too',
      String(DEFAULT_OVERLAP_DAYS),
    )
    .option('--dry-run', 'only say what would be done')
    .option('--json', 'print the report as JSON')
    .action((options: RotateOptions) => withParts(tools, (parts) => rotate(parts, tools, options)));
  group
    .command('status')
    .description('which salt is in use, since when, and until when the one of before is kept')
    .option('--json', 'print it as JSON')
    .action((options: { json?: boolean }) =>
      withParts(tools, async ({ config, database }) => {
        const status = await findSaltStatus(database.db, config.ipHashSalt);
        tools.print(options.json ? JSON.stringify(status, null, 2) : describeStatus(status));
      }),
    );
}

async function rotate(parts: CliParts, tools: CliTools, options: RotateOptions): Promise<void> {
  const { config, database, vault } = parts;
  if (!/^\d{1,4}$/.test(options.overlapDays))
    throw new CommandRefused('--overlap-days must be a whole number, 0 or more.');
  const isDryRun = options.dryRun ?? false;
  const rotation = await rotateIpSalt(database.db, {
    ...{ vault, configured: config.ipHashSalt, previous: config.ipHashSaltPrevious },
    ...{ file: config.ipHashSaltFile, overlapDays: Number(options.overlapDays), isDryRun },
    ...{ followers: CLICK_FOLLOWERS, actor: 'cli' },
    onProgress: createProgress(process.stderr, Date.now, 'steps'),
  });
  if (rotation.kind === 'refused') throw new CommandRefused(rotation.why);
  if (options.json) {
    const { isNew, wroteFile, counts } = rotation;
    const report = { is_dry_run: isDryRun, is_new: isNew, wrote_file: wroteFile, counts };
    tools.print(JSON.stringify(report, null, 2));
  } else tools.print(describeRotation(rotation, { isDryRun, file: config.ipHashSaltFile }));
}

function describeRotation(
  { isNew, counts }: Extract<IpSaltRotation, { kind: 'rotated' }>,
  { isDryRun, file }: { readonly isDryRun: boolean; readonly file: string | null },
): string {
  const { addresses, visitors, rows, waiting } = counts;
  const done = isDryRun
    ? 'Nothing was changed (dry run). It would be:'
    : isNew
      ? 'A new salt is in use, on every machine:'
      : 'The change that was begun is complete:';
  const next =
    file === null
      ? 'Give every machine this IP_HASH_SALT before its next start, and remove IP_HASH_SALT_PREVIOUS.'
      : `The new salt is in ${file}.`;
  return [
    done,
    `${String(addresses).padStart(9)}  addresses hashed anew`,
    `${String(visitors).padStart(9)}  visitors hashed anew`,
    `${String(rows).padStart(9)}  rows changed`,
    `${String(waiting).padStart(9)}  hashes whose address is gone: joined when it comes again`,
    ...(isDryRun ? [] : [next, 'Backups of before need the salt of before.']),
  ].join('\n');
}

function describeStatus({
  is_configured_in_use,
  changed_at,
  is_complete,
  previous,
  links,
}: SaltStatus): string {
  if (changed_at === null) return 'The salt has never been changed.';
  const lines = [
    `In use since ${changed_at}${is_complete ? '' : '; stored hashes are not all worked out anew: run rotate again'}.`,
    ...previous.map(({ overlap_until, destroyed_at }) =>
      destroyed_at === null
        ? `The salt of before is kept until ${overlap_until}.`
        : `A salt of before was destroyed at ${destroyed_at}.`,
    ),
    `${links.known} hashes led on to new ones, ${links.waiting} wait for their address to come again.`,
  ];
  if (!is_configured_in_use)
    lines.push('IP_HASH_SALT here is not the salt in use: give this machine the new one.');
  return lines.join('\n');
}
