import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { drawReport, writeReport } from '../report-mails/draw-report.ts';
import { buildReportView } from '../report-mails/report-view.ts';
import { readDayRange } from '../reports/analytics/day-range.ts';
import { findPeriodSummary } from '../reports/period-summary.ts';
import { CommandRefused, chooseWorkspace } from './choose-workspace.ts';
import { type CliTools, withParts } from './tools.ts';

interface PeriodOptions {
  readonly workspace?: string;
  readonly from?: string;
  readonly to?: string;
  readonly lang: 'pt' | 'en';
  readonly html?: string;
  readonly json?: boolean;
}

/** `rastro report period`: what any days brought, as text, as a page or as JSON. */
export function addPeriodReportCommand(report: Command, tools: CliTools): void {
  report
    .command('period')
    .description('what the days brought: visits, sales, campaigns, deliveries')
    .option('--workspace <id or name>', 'the first workspace if not given')
    .option('--from <date>', 'first day, like 2026-11-01; 30 days back if not given')
    .option('--to <date>', 'last day; today if not given')
    .addOption(new Option('--lang <language>', 'language of the report').choices(['pt', 'en']).default('pt'))
    .option('--html <file>', 'write it as a page that can be printed')
    .option('--json', 'print it as JSON')
    .action((options: PeriodOptions) =>
      withParts(tools, async ({ database: { db }, config }) => {
        const { workspace_id: workspaceId, timezone } = await chooseWorkspace(db, options.workspace);
        const wish = { from: options.from, to: options.to, timezone: undefined };
        const read = readDayRange(wish, { timezone, now: Date.now() });
        if (read.kind === 'refused') throw new CommandRefused(`--${read.path}: ${read.message}`);
        const { from, to } = read.range;
        const summary = await findPeriodSummary(db, { workspaceId, period: { from, to } });
        if (!summary) throw new CommandRefused('The workspace is gone.');
        const { publicUrl } = config;
        const view = buildReportView(summary, { language: options.lang, every: 'month', publicUrl });
        if (options.html !== undefined) await writeFile(options.html, drawReport(view));
        if (options.json) tools.print(JSON.stringify(summary, null, 2));
        else if (options.html === undefined) tools.print(writeReport(view));
        else tools.print(`The report is in ${options.html}.`);
      }),
    );
}
