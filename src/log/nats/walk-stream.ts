import { DeliverPolicy } from '@nats-io/jetstream';
import type { StreamAccess } from './capture-stream.ts';
import { openReader, type StreamMessage } from './message-reader.ts';

/** A stretch of the stream, both ends with it. */
export interface StreamRange {
  readonly stream: string;
  readonly from: number;
  readonly to: number;
}

/** A walk ends as a failure when nothing comes for so long. */
const SILENCE_MS = 3_000;

/** Shows every message of a stretch, in their order. Rejects when the cluster falls silent. */
export async function eachMessage(
  access: StreamAccess,
  range: StreamRange,
  show: (message: StreamMessage) => void | Promise<void>,
): Promise<void> {
  const last = await findLast(access, range);
  if (last === null) return;
  const reader = await openReader(access, range);
  try {
    for (;;) {
      const message = reader.peek();
      if (message === null) {
        const before = performance.now();
        await reader.wait(SILENCE_MS);
        if (reader.peek() === null && (reader.isEnded || performance.now() - before >= SILENCE_MS - 1))
          throw new Error('the stream fell silent');
        continue;
      }
      if (message.sequence > last) return;
      reader.drop();
      await show(message);
      if (message.sequence === last) return;
    }
  } finally {
    reader.close();
  }
}

/** The last message that is there in a stretch: messages are removed one by one, too. */
async function findLast({ jsm }: StreamAccess, { stream, from, to }: StreamRange): Promise<number | null> {
  for (let sequence = to; sequence >= Math.max(1, from); sequence -= 1) {
    if ((await jsm.streams.getMessage(stream, { seq: sequence })) !== null) return sequence;
  }
  return null;
}

/** Sequence of the first message since a time; null if there is none. */
export async function findFirstSince(
  { jsm, js }: StreamAccess,
  { stream, since }: { readonly stream: string; readonly since: Date },
): Promise<number | null> {
  const consumer = await js.consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: since.toISOString(),
    headers_only: true,
    inactive_threshold: SILENCE_MS,
  });
  const { name, num_pending: pending } = await consumer.info(true);
  try {
    if (pending === 0) return null;
    const message = await consumer.next({ expires: 1_000 });
    return message?.seq ?? null;
  } finally {
    await jsm.consumers.delete(stream, name).catch(() => undefined);
  }
}
