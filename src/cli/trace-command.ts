import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { type Trace, traceOf } from '../reports/trace.ts';
import type { Hop } from '../reports/trace-hop.ts';

/** What `rastro trace` was asked, and where its lines go. */
export interface TraceCommand {
  readonly db: Kysely<Database>;
  readonly workspaceId: string;
  readonly ref: string;
  readonly json: boolean;
  /** Columns of the terminal, for wrapping. */
  readonly width: number;
  readonly write: (line: string) => void;
}

/** Prints the story of a click token, payment id, Telegram user id or fbclid; false if nothing is known of it. */
export async function runTraceCommand(command: TraceCommand): Promise<boolean> {
  const { db, workspaceId, ref, json, write } = command;
  const trace = await traceOf(db, workspaceId, ref);
  const isFound = trace.hops.length > 0;
  if (json) write(JSON.stringify(trace, null, 2));
  else if (isFound) for (const line of buildTimeline(trace, command.width)) write(line);
  else write(`Nothing is known of ${ref} in this workspace.`);
  return isFound;
}

const TIME_WIDTH = 12;
const KIND_WIDTH = 14;

function* buildTimeline({ ref, hops }: Trace, width: number): Generator<string> {
  yield `Trace of ${ref}`;
  let day = '';
  for (const hop of hops) {
    const [date = '', time = ''] = hop.at.toISOString().slice(0, -1).split('T');
    if (date !== day) yield* ['', `${date} (UTC)`];
    day = date;
    yield* buildEntry(hop, time, width);
  }
}

function* buildEntry(hop: Hop, time: string, width: number): Generator<string> {
  const lead = `${time.padEnd(TIME_WIDTH)}  ${hop.kind.padEnd(KIND_WIDTH)}`;
  const rule = hop.matched_by === null ? '' : `, matched by ${hop.matched_by}`;
  const room = Math.max(30, width - lead.length);
  const [first = '', ...rest] = [...wrapWords(hop.why, room), ...wrapWords(`(${hop.id}${rule})`, room)];
  yield lead + first;
  for (const line of rest) yield ' '.repeat(lead.length) + line;
}

function* wrapWords(text: string, width: number): Generator<string> {
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      yield line;
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  yield line;
}
