import type { Command } from 'commander';
import { examine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { type CliTools, withParts } from './tools.ts';

const MARKS = { ok: '✓', warning: '!', fault: '✗' } as const;

/** `rastro doctor`: looks at everything and names the fix of each fault; exit code 1 if there is one. */
export function addDoctorCommand(program: Command, tools: CliTools): void {
  program
    .command('doctor')
    .description('check everything, and name the fix of each fault')
    .option('--json', 'print the findings as JSON')
    .action((options: { json?: boolean }) =>
      withParts(tools, async (parts) => {
        const findings = await examine(parts);
        tools.print(options.json ? JSON.stringify(findings) : findings.map(describe).join('\n'));
        if (findings.some((finding) => finding.state === 'fault')) process.exitCode = 1;
      }),
    );
}

function describe(finding: Finding): string {
  const line = `${MARKS[finding.state]} ${finding.check}: ${finding.detail}`;
  return finding.state === 'ok' ? line : `${line}\n    Fix: ${finding.fix}`;
}
