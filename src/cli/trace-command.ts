import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { type Trace, traceOf } from '../reports/trace.ts';
import type { Hop } from '../reports/trace-hop.ts';
import type { TraceLanguage } from '../reports/trace-words/hop-texts.ts';

/** What `rastro trace` was asked, and where its lines go. */
export interface TraceCommand {
  readonly db: Kysely<Database>;
  readonly workspaceId: string;
  readonly ref: string;
  readonly language: TraceLanguage;
  readonly json: boolean;
  /** Columns of the terminal, for wrapping. */
  readonly width: number;
  readonly write: (line: string) => void;
}

/** Prints the story of a click token, payment id, Telegram user id or fbclid; false if nothing is known of it. */
export async function runTraceCommand(command: TraceCommand): Promise<boolean> {
  const { db, workspaceId, ref, language, json, write } = command;
  const trace = await traceOf(db, { workspaceId, ref, language });
  const isFound = trace.hops.length > 0;
  if (json) write(JSON.stringify(trace, null, 2));
  else if (isFound) for (const line of buildTimeline(trace, command)) write(line);
  else write(TEXTS[language].nothing(ref));
  return isFound;
}

interface Texts {
  readonly title: (ref: string) => string;
  readonly matchedBy: (rule: string) => string;
  readonly nothing: (ref: string) => string;
}

const TEXTS: Readonly<Record<TraceLanguage, Texts>> = {
  pt: {
    title: (ref) => `Rastro de ${ref}`,
    matchedBy: (rule) => `ligado por ${rule}`,
    nothing: (ref) => `Nada se sabe de ${ref} neste workspace.`,
  },
  en: {
    title: (ref) => `Trace of ${ref}`,
    matchedBy: (rule) => `matched by ${rule}`,
    nothing: (ref) => `Nothing is known of ${ref} in this workspace.`,
  },
};

type Look = Pick<TraceCommand, 'language' | 'width'>;

const TIME_WIDTH = 12;
const KIND_WIDTH = 14;

function* buildTimeline({ ref, hops }: Trace, look: Look): Generator<string> {
  yield TEXTS[look.language].title(ref);
  let day = '';
  for (const hop of hops) {
    const [date = '', time = ''] = hop.at.toISOString().slice(0, -1).split('T');
    if (date !== day) yield* ['', `${date} (UTC)`];
    day = date;
    yield* buildEntry(hop, time, look);
  }
}

function* buildEntry(hop: Hop, time: string, { language, width }: Look): Generator<string> {
  const lead = `${time.padEnd(TIME_WIDTH)}  ${hop.kind.padEnd(KIND_WIDTH)}`;
  const rule = hop.matched_by === null ? '' : `, ${TEXTS[language].matchedBy(hop.matched_by)}`;
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
