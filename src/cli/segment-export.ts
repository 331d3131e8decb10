import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { AudienceFormat } from '../segments/audience/audience-format.ts';
import { countAudience } from '../segments/audience/audience-people.ts';
import { explainAudience } from '../segments/audience/explain-audience.ts';
import { exportAudience } from '../segments/audience/export-audience.ts';
import { exportMembers } from '../segments/export-members.ts';
import { countMembers, type Looking } from '../segments/members/members.ts';
import { CommandRefused } from './choose-workspace.ts';
import { createProgress } from './import-progress.ts';
import { type AskedSegment, findAsked, type SegmentCall, type SegmentOptions } from './segment-named.ts';
import type { CliParts, CliTools } from './tools.ts';

/** Options of an export. */
export interface ExportOptions extends SegmentOptions {
  readonly reason: string;
  readonly out?: string;
  readonly separator: 'comma' | 'semicolon';
  readonly audience?: AudienceFormat;
  readonly masked?: boolean;
}

const SEPARATORS = { comma: ',', semicolon: ';' } as const;

/** Writes the members of a segment, or a customer list of them, to a file or the terminal. */
export async function exportSegment(
  tools: CliTools,
  parts: CliParts,
  { named, options }: SegmentCall<ExportOptions>,
): Promise<void> {
  if (options.json && options.out === undefined) {
    throw new CommandRefused('--json prints a report: give the file itself a place with --out.');
  }
  const asked = await findAsked(parts, named, options);
  const { db } = parts.database;
  const { workspaceId } = asked.question;
  const looking: Looking = { workspaceId, actor: 'cli', action: 'export', reason: options.reason };
  if (options.audience !== undefined) {
    await exportList(tools, parts, { asked, options, looking, format: options.audience });
    return;
  }
  const { subject } = asked.segment;
  let people = 0;
  const onProgress = createProgress(process.stderr, Date.now, 'people');
  const total = await countMembers(db, subject, asked.question);
  const pieces = exportMembers(
    { db, vault: parts.vault },
    {
      ...{ subject, question: asked.question, looking, isClear: options.masked !== true },
      separator: SEPARATORS[options.separator],
      onProgress: (done) => {
        people = done;
        if (options.out !== undefined) onProgress(done, Math.max(done, total));
      },
    },
  );
  await writePieces(tools, pieces, options.out);
  if (options.out !== undefined)
    report(tools, options, { people }, [`${people} people are in ${options.out}.`]);
}

interface ListCall {
  readonly asked: AskedSegment;
  readonly options: ExportOptions;
  readonly looking: Looking;
  readonly format: AudienceFormat;
}

async function exportList(
  tools: CliTools,
  parts: CliParts,
  { asked, options, looking, format }: ListCall,
): Promise<void> {
  const { subject } = asked.segment;
  if (subject === 'visitors') {
    throw new CommandRefused('Visitors are keyed hashes, which no platform can match.');
  }
  const { db } = parts.database;
  const wish = { subject, format, question: asked.question };
  const counts = await countAudience(db, wish);
  await writePieces(tools, exportAudience({ db, vault: parts.vault }, { ...wish, looking }), options.out);
  if (options.out === undefined) return;
  const notes = explainAudience(subject, format, counts.exported).map(({ en }) => en);
  const { members, exported, withoutConsent, withoutIdentifier } = counts;
  const skipped = { consent: withoutConsent, no_identifier: withoutIdentifier };
  report(tools, options, { format, members, exported, skipped, notes }, [
    `${exported} of ${members} people are in ${options.out}.`,
    `  left out: ${withoutConsent} without consent to ads, ${withoutIdentifier} without anything to match on`,
    ...notes.map((note) => `  ${note}`),
  ]);
}

function report(
  tools: CliTools,
  { json, out }: ExportOptions,
  facts: Readonly<Record<string, unknown>>,
  lines: readonly string[],
): void {
  tools.print(json ? JSON.stringify({ out, ...facts }) : lines.join('\n'));
}

async function writePieces(
  tools: CliTools,
  pieces: AsyncGenerator<string>,
  out: string | undefined,
): Promise<void> {
  if (out === undefined) {
    // Each piece ends with the line end that printing adds.
    for await (const piece of pieces) tools.print(piece.slice(0, -1));
    return;
  }
  const file = createWriteStream(out, { mode: 0o600 });
  try {
    await once(file, 'open');
  } catch (error) {
    throw new CommandRefused(
      `${out} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  for await (const piece of pieces) if (!file.write(piece)) await once(file, 'drain');
  file.end();
  await once(file, 'finish');
}
