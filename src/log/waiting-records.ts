import { LINE_PREFIX_BYTES, worstLineBytes, writeLine } from './line.ts';
import type { Appended } from './log-writer.ts';
import type { LogPosition } from './segments.ts';

type Answer = (appended: Appended) => void;

/** Room for the lines of one batch; a record that needs more makes it grow. */
const BATCH_BYTES = 1024 * 1024;

/** Records dropped from the front before the arrays are moved up. */
const COMPACT_AFTER = 4096;

/** A batch made ready to write: `ends[i]` is where record `i`'s line ends in `bytes`. */
export interface Batch {
  readonly bytes: Buffer;
  readonly length: number;
  readonly count: number;
}

/** Records not on the disk yet, oldest first, with the callers that still wait for an answer. */
export class WaitingRecords {
  #jsons: string[] = [];
  #answers: (Answer | null)[] = [];
  #head = 0;
  #buffer = Buffer.allocUnsafe(BATCH_BYTES);
  #ends: number[] = [];
  /** UTF-16 units waiting: the memory that the strings take, near enough. */
  chars = 0;
  /** Records whose callers have been told `deferred`. */
  deferred = 0;

  get count(): number {
    return this.#jsons.length - this.#head;
  }

  /** True if everything that waits fits in one write. */
  get fitsOneBatch(): boolean {
    return this.chars + this.count * (LINE_PREFIX_BYTES + 1) <= BATCH_BYTES;
  }

  /** Puts a record at the end; `answer` null means that its caller has been told `deferred` already. */
  push(json: string, answer: Answer | null): void {
    this.#jsons.push(json);
    this.#answers.push(answer);
    this.chars += json.length;
    if (answer === null) this.deferred += 1;
  }

  /** Writes the oldest records' lines into one reused buffer; nothing leaves the queue before `settle`. */
  fill(): Batch {
    let end = 0;
    let count = 0;
    for (let at = this.#head; at < this.#jsons.length; at += 1) {
      const json = this.#jsons[at] as string;
      const worst = worstLineBytes(json);
      if (end + worst > this.#buffer.length) {
        if (count > 0) break;
        this.#buffer = Buffer.allocUnsafe(worst);
      }
      end = writeLine(this.#buffer, end, json);
      this.#ends[count] = end;
      count += 1;
    }
    return { bytes: this.#buffer, length: end, count };
  }

  /** Takes the first `count` records out: they are on the disk, the first one's line at `start`. */
  settle(count: number, start: LogPosition): void {
    const { writer, segment } = start;
    let offset = start.offset;
    for (let index = 0; index < count; index += 1) {
      const at = this.#head + index;
      const answer = this.#answers[at];
      this.chars -= (this.#jsons[at] as string).length;
      if (answer) answer({ kind: 'durable', position: { writer, segment, offset } });
      else this.deferred -= 1;
      offset = start.offset + (this.#ends[index] as number);
    }
    this.#drop(count);
  }

  /** Answers every caller that waits; the records stay. */
  answerAll(appended: Appended): void {
    for (let at = this.#head; at < this.#answers.length; at += 1) {
      const answer = this.#answers[at];
      if (!answer) continue;
      this.#answers[at] = null;
      this.deferred += 1;
      answer(appended);
    }
  }

  /** Forgets everything and returns how many records that was. */
  clear(): number {
    const count = this.count;
    this.#drop(count);
    this.chars = 0;
    this.deferred = 0;
    return count;
  }

  #drop(count: number): void {
    this.#head += count;
    if (this.#head === this.#jsons.length) {
      this.#jsons.length = 0;
      this.#answers.length = 0;
      this.#head = 0;
    } else if (this.#head > COMPACT_AFTER && this.#head * 2 > this.#jsons.length) {
      this.#jsons.splice(0, this.#head);
      this.#answers.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
