import { type Command, InvalidArgumentError } from 'commander';
import { chooseWorkspace } from './choose-workspace.ts';
import { runCaptureReportCommand } from './report-command.ts';
import { addPeriodReportCommand } from './report-period.ts';
import { type CliTools, withParts } from './tools.ts';

interface ReportOptions {
  readonly workspace?: string;
  readonly days: number;
  readonly json?: boolean;
}

const DAY_MS = 86_400_000;

/** `rastro report capture`: how well clicks and people were captured. `rastro report period`: the report that is mailed. */
export function addReportCommand(program: Command, tools: CliTools): void {
  const report = program.command('report').description('reports on the terminal');
  addPeriodReportCommand(report, tools);
  report
    .command('capture')
    .description('how well clicks and people are captured')
    .option('--workspace <id or name>', 'the first workspace if not given')
    .option('--days <number>', 'the last so many days', readDays, 30)
    .option('--json', 'print it as JSON')
    .action((options: ReportOptions) =>
      withParts(tools, async ({ database }) => {
        const { workspace_id: workspaceId } = await chooseWorkspace(database.db, options.workspace);
        const to = new Date();
        const from = new Date(to.getTime() - options.days * DAY_MS);
        await runCaptureReportCommand({
          db: database.db,
          question: { workspaceId, from, to },
          json: options.json ?? false,
          write: tools.print,
        });
      }),
    );
}

function readDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 3650) return days;
  throw new InvalidArgumentError('Give a whole number of days from 1 to 3650.');
}
