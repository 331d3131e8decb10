import type { SeqMsgRequest } from '@nats-io/jetstream';
import type { StreamAccess } from './capture-stream.ts';

/** A message that was sent and not acknowledged, with the records of it that must not be stored twice. */
export interface Doubt {
  /** Its `Nats-Msg-Id`. */
  readonly id: string;
  /** The stream's last sequence before it was sent. */
  readonly after: number;
  readonly records: readonly string[];
}

/** Where the message would stand. */
interface DoubtQuestion extends Pick<Doubt, 'id' | 'after'> {
  readonly stream: string;
  /** Only its writer writes under it. */
  readonly subject: string;
  /** A message of the same writer that was sent later and acknowledged: what is not before it will never be there. */
  readonly until: number;
}

/** Whether the message in doubt was stored after all. Rejects when the cluster does not answer. */
export async function isStored({ jsm }: StreamAccess, question: DoubtQuestion): Promise<boolean> {
  const { id, after, stream, subject, until } = question;
  for (let seq = after + 1; seq < until; ) {
    const query: SeqMsgRequest & { next_by_subj: string } = { seq, next_by_subj: subject };
    const found = await jsm.streams.getMessage(stream, query);
    if (found === null || found.seq >= until) return false;
    if (found.header.get('Nats-Msg-Id') === id) return true;
    seq = found.seq + 1;
  }
  return false;
}
