import type { MaskQuestion } from '../capture-log.ts';
import type { LoggedLine } from '../mask-lines.ts';
import type { StreamAccess } from './capture-stream.ts';
import type { StreamMessage } from './message-reader.ts';
import { buildMessage, readMessage } from './record-message.ts';
import { eachMessage, type StreamRange } from './walk-stream.ts';

/** Messages whose records are asked about at once. */
const ASKED_BYTES = 4 * 1024 * 1024;

/**
 * Takes records out of messages: what is left of a message is written anew at the stream's end, and then the message
 * itself is overwritten and removed on every replica. A break between the two leaves both, which folds the same.
 */
export async function maskMessages(
  access: StreamAccess,
  range: StreamRange,
  question: MaskQuestion,
): Promise<number> {
  const to = Math.min(range.to, question.before.segment - 1);
  let waiting: StreamMessage[] = [];
  let bytes = 0;
  let masked = 0;
  const flush = async () => {
    masked += await maskSome(access, range.stream, { question, messages: waiting });
    waiting = [];
    bytes = 0;
  };
  await eachMessage(access, { ...range, to }, async (message) => {
    waiting.push(message);
    bytes += message.payload.length;
    if (bytes >= ASKED_BYTES) await flush();
  });
  await flush();
  return masked;
}

interface Asked {
  readonly question: MaskQuestion;
  readonly messages: readonly StreamMessage[];
}

async function maskSome(
  access: StreamAccess,
  stream: string,
  { question, messages }: Asked,
): Promise<number> {
  const lines = messages.map(({ payload }) =>
    [...readMessage(payload)].flatMap(({ json, offset }): LoggedLine[] =>
      json === null ? [] : [{ json, offset }],
    ),
  );
  const chosen = new Set(await question.choose(lines.flat()));
  let masked = 0;
  for (const [index, { sequence }] of messages.entries()) {
    const own = lines[index] ?? [];
    const gone = own.filter((line) => chosen.has(line)).length;
    if (gone === 0) continue;
    const left = own.filter((line) => !chosen.has(line) && !question.isCounted(line.json));
    await writeAnew(access, { stream, sequence, jsons: left.map(({ json }) => json) });
    await access.jsm.streams.deleteMessage(stream, sequence, true);
    masked += gone;
  }
  return masked;
}

async function writeAnew(
  { js }: StreamAccess,
  {
    stream,
    sequence,
    jsons,
  }: { readonly stream: string; readonly sequence: number; readonly jsons: readonly string[] },
): Promise<void> {
  if (jsons.length === 0) return;
  const { payload } = buildMessage(jsons, Number.POSITIVE_INFINITY);
  await js.publish(`${stream}.rewritten`, payload, { msgID: `rewritten-${sequence}` });
}
