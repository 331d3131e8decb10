import { type Command, InvalidArgumentError, Option } from 'commander';
import { AUDIENCE_FORMATS } from '../segments/audience/audience-format.ts';
import { countMembers } from '../segments/members/members.ts';
import { listSegments } from '../segments/segments.ts';
import { chooseWorkspace } from './choose-workspace.ts';
import { type ExportOptions, exportSegment } from './segment-export.ts';
import { findAsked, type SegmentCall, type SegmentOptions } from './segment-named.ts';
import { type CliParts, type CliTools, withParts } from './tools.ts';

const LIST_LIMIT = 10_000;

/** `rastro segments list|count|export`. */
export function addSegmentsCommand(program: Command, tools: CliTools): void {
  const group = program.command('segments').description('saved filters over bot users, leads and visitors');
  const workspace = ['--workspace <id or name>', 'the first workspace if not given'] as const;
  group
    .command('list')
    .description('the segments of a workspace')
    .option(...workspace)
    .option('--json', 'print them as JSON')
    .action((options: SegmentOptions) => withParts(tools, (parts) => printList(tools, parts, options)));
  group
    .command('count')
    .description('how many people a segment finds now')
    .argument('<segment>', 'its id or name')
    .option(...workspace)
    .option('--json', 'print it as JSON')
    .action((named: string, options: SegmentOptions) =>
      withParts(tools, (parts) => printCount(tools, parts, { named, options })),
    );
  group
    .command('export')
    .description('write the members of a segment as CSV; each one goes to the access log')
    .argument('<segment>', 'its id or name')
    .requiredOption('--reason <text>', 'why, for the access log', readReason)
    .option(...workspace)
    .option('--out <file>', 'write to this file (mode 0600), not to the terminal')
    .addOption(
      new Option('--separator <name>', 'between the cells').choices(['comma', 'semicolon']).default('comma'),
    )
    .addOption(
      new Option('--audience <platform>', 'a hashed customer list of who agreed to ads').choices(
        AUDIENCE_FORMATS,
      ),
    )
    .option('--masked', 'hide what is personal')
    .option('--json', 'print a report as JSON; needs --out')
    .action((named: string, options: ExportOptions) =>
      withParts(tools, (parts) => exportSegment(tools, parts, { named, options })),
    );
}

async function printList(tools: CliTools, { database }: CliParts, options: SegmentOptions): Promise<void> {
  const { workspace_id: workspaceId } = await chooseWorkspace(database.db, options.workspace);
  const segments = await listSegments(database.db, { workspaceId, limit: LIST_LIMIT });
  if (options.json) {
    const rows = segments.map(({ segmentId, name, subject, filter }) => ({
      ...{ segment_id: segmentId, name, subject, filter },
    }));
    tools.print(JSON.stringify(rows, null, 2));
    return;
  }
  if (segments.length === 0) tools.print('There are no segments.');
  for (const { segmentId, name, subject } of segments) {
    tools.print(`${segmentId}  ${subject.padEnd(9)}  ${name}`);
  }
}

async function printCount(
  tools: CliTools,
  parts: CliParts,
  { named, options }: SegmentCall<SegmentOptions>,
): Promise<void> {
  const { segment, question } = await findAsked(parts, named, options);
  const count = await countMembers(parts.database.db, segment.subject, question);
  if (options.json) tools.print(JSON.stringify({ segment_id: segment.segmentId, name: segment.name, count }));
  else tools.print(String(count));
}

function readReason(text: string): string {
  const reason = text.trim();
  if (reason !== '' && reason.length <= 500) return reason;
  throw new InvalidArgumentError('Say why, in at most 500 characters.');
}
