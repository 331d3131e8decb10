import { join } from 'node:path';
import type { SeqMsgRequest } from '@nats-io/jetstream';
import {
  LogAwayError,
  type LogKey,
  type LogPart,
  type MaskQuestion,
  type RemoveQuestion,
  type ScanQuestion,
} from '../capture-log.ts';
import { listCorrupt, type SetAsidePiece, setAsideCorrupt } from '../corrupt.ts';
import type { LogLag } from '../lag.ts';
import type { CorruptPiece } from '../line-reader.ts';
import type { LogBatch, LogRecord } from '../read-log.ts';
import type { ScanResult } from '../scan-log.ts';
import type { LogCheckpoint } from '../segments.ts';
import type { CaptureStream, StreamAccess } from './capture-stream.ts';
import { maskMessages } from './mask-messages.ts';
import { type MessageReader, openReader } from './message-reader.ts';
import { readMessage } from './record-message.ts';
import { readStream, type StreamFacts, streamSubjects } from './stream-identity.ts';
import { eachMessage, findFirstSince } from './walk-stream.ts';

/** Name of the stream's records among the parts of a log. */
export const STREAM_WRITER = 'stream';

/** Not a writer's name, so that nobody takes it for one. */
const SET_ASIDE_FOLDER = '_stream';

const MAX_RECORDS = 1_000;
const MAX_CHARS = 8 * 1024 * 1024;
/** As long as records that are there may be on their way to us. */
const ARRIVAL_MS = 500;
/** Records that are there and do not come: the consumer was lost with its node. */
const STALL_MS = 3_000;
const SEEN_MS = 20;
/** Newest messages that a look for a click reads; what is behind them is found when it is folded. */
const MAX_SCAN_BYTES = 64 * 1024 * 1024;

/** Not the cluster failed but who was asked what to mask: the database, mostly. */
class ChoiceFailed extends Error {}

/** What the stream holds, as a part of the log: a place is (sequence of the message, offset of the line in it). */
export class StreamPart implements LogPart {
  readonly key: LogKey;
  readonly isShared = true;
  readonly #stream: CaptureStream;
  readonly #directory: string;
  #reader: MessageReader | null = null;
  /** Where the reader's next message must not be before. */
  #next = 0;
  #emptySince: number | null = null;
  /** The stream's last sequence, as of the last read that found nothing. */
  #seen: { readonly lastSequence: number; readonly at: number } | null = null;

  /** `logDirectory` takes what is damaged. */
  constructor(
    stream: CaptureStream,
    { id, logDirectory }: { readonly id: string; readonly logDirectory: string },
  ) {
    this.#stream = stream;
    this.#directory = join(logDirectory, SET_ASIDE_FOLDER);
    this.key = { instanceId: id, writer: STREAM_WRITER };
  }

  async read(from: LogCheckpoint): Promise<LogBatch> {
    return this.#ask(async (access) => {
      const reader = await this.#readerAt(access, from);
      if (reader.peek() === null) await this.#await(access, reader, from);
      return this.#take(reader, from);
    });
  }

  async lag({ segment, offset }: LogCheckpoint): Promise<LogLag> {
    return this.#ask(async (access) => {
      const facts = await this.#facts(access);
      const behind = facts.lastSequence - Math.max(segment, facts.firstSequence) + 1;
      if (behind <= 0 || facts.messages === 0) return { bytes: 0, oldest: null };
      const { stream } = this.#stream.settings;
      const query: SeqMsgRequest & { next_by_subj: string } = {
        seq: Math.max(segment, 1),
        next_by_subj: streamSubjects(stream),
      };
      const oldest = await access.jsm.streams.getMessage(stream, query);
      if (oldest === null) return { bytes: 0, oldest: null };
      const payload = Buffer.from(oldest.data);
      const [line] = readMessage(payload, oldest.seq === segment ? offset : 0);
      // How large those messages are is not told: the mean of all is near enough.
      const bytes = Math.round((facts.bytes / facts.messages) * Math.min(behind, facts.messages));
      return { bytes, oldest: line?.json ?? null };
    });
  }

  async scan({ from, match }: ScanQuestion): Promise<ScanResult> {
    return this.#ask(async (access) => {
      const facts = await this.#facts(access);
      const mean = facts.messages === 0 ? 1 : Math.max(1, facts.bytes / facts.messages);
      const begin = Math.max(from?.segment ?? 1, facts.firstSequence);
      const newest = Math.max(begin, facts.lastSequence - Math.floor(MAX_SCAN_BYTES / mean));
      let found: LogRecord | null = null;
      await eachMessage(access, { ...this.#range(facts), from: newest }, ({ sequence, payload }) => {
        const start = sequence === from?.segment ? from.offset : 0;
        for (const { json, offset } of readMessage(payload, start)) {
          if (json !== null && match(json)) found = { json, position: this.#position(sequence, offset) };
        }
      });
      return { found, isComplete: found !== null || newest === begin };
    });
  }

  async readAll(onRecord: (json: string) => void): Promise<void> {
    await this.#ask(async (access) => {
      const facts = await this.#facts(access);
      await eachMessage(access, this.#range(facts), ({ payload }) => {
        for (const { json } of readMessage(payload)) if (json !== null) onRecord(json);
      });
    });
  }

  mask(question: MaskQuestion): Promise<number> {
    const choose: MaskQuestion['choose'] = (lines) =>
      question.choose(lines).catch((error: unknown) => {
        throw new ChoiceFailed('', { cause: error });
      });
    return this.#ask(async (access) => {
      const facts = await this.#facts(access);
      return maskMessages(access, this.#range(facts), { ...question, choose });
    });
  }

  async removeFolded({ before, olderThanMs, now }: RemoveQuestion): Promise<void> {
    await this.#ask(async (access) => {
      const { stream } = this.#stream.settings;
      const facts = await this.#facts(access);
      if (facts.messages === 0 || facts.firstSequence >= before.segment) return;
      const young = await findFirstSince(access, { stream, since: new Date(now - olderThanMs) });
      // All that is before `seq` goes.
      const seq = Math.min(before.segment, young ?? facts.lastSequence + 1);
      if (seq > facts.firstSequence) await access.jsm.streams.purge(stream, { seq });
    });
  }

  endsBefore(place: LogCheckpoint): Promise<boolean> {
    return this.#ask(async (access) => {
      // Asked after each read that finds nothing, which has just asked for it.
      const isFresh = this.#seen !== null && performance.now() - this.#seen.at < SEEN_MS;
      const { lastSequence } = (isFresh ? this.#seen : null) ?? (await this.#facts(access));
      return lastSequence + 1 < place.segment;
    });
  }

  setAside(pieces: readonly CorruptPiece[]): Promise<void> {
    return setAsideCorrupt(this.#directory, pieces);
  }

  listSetAside(): Promise<SetAsidePiece[]> {
    return listCorrupt(this.#directory);
  }

  /** Stops reading ahead. */
  close(): void {
    this.#reader?.close();
    this.#reader = null;
  }

  /** Asks the cluster; whatever it fails with, the part is away until the stream has been seen again. */
  async #ask<T>(question: (access: StreamAccess) => Promise<T>): Promise<T> {
    const { access, state } = this.#stream;
    if (access === null) throw new LogAwayError(`the capture stream is away: ${state.trouble}`);
    try {
      return await question(access);
    } catch (error) {
      if (error instanceof ChoiceFailed) throw error.cause;
      this.close();
      throw new LogAwayError(`the capture stream is away: ${this.#stream.fail(error)}`);
    }
  }

  /** How the stream is now; throws if it is another one by now. */
  async #facts({ jsm }: StreamAccess): Promise<StreamFacts> {
    const facts = readStream(await jsm.streams.info(this.#stream.settings.stream));
    if (facts.id !== this.key.instanceId) throw new Error('the stream was made anew');
    return facts;
  }

  #range(facts: StreamFacts) {
    return { stream: this.#stream.settings.stream, from: facts.firstSequence, to: facts.lastSequence };
  }

  #position(segment: number, offset: number) {
    return { writer: STREAM_WRITER, segment, offset };
  }

  async #readerAt(access: StreamAccess, { segment }: LogCheckpoint): Promise<MessageReader> {
    if (this.#reader && !this.#reader.isEnded && this.#next === segment) return this.#reader;
    this.close();
    const { stream } = this.#stream.settings;
    this.#reader = await openReader(access, { stream, from: segment });
    this.#next = segment;
    this.#emptySince = null;
    return this.#reader;
  }

  /** Nothing has come yet: waits for what is there, and begins anew where it does not come. */
  async #await(access: StreamAccess, reader: MessageReader, { segment }: LogCheckpoint): Promise<void> {
    const { lastSequence, messages } = await this.#facts(access);
    this.#seen = { lastSequence, at: performance.now() };
    if (lastSequence < Math.max(segment, 1) || messages === 0) {
      this.#emptySince = null;
      return;
    }
    await reader.wait(ARRIVAL_MS);
    if (reader.peek() !== null) return;
    this.#emptySince ??= performance.now();
    if (performance.now() - this.#emptySince > STALL_MS) this.close();
  }

  #take(reader: MessageReader, from: LogCheckpoint): LogBatch {
    const records: LogRecord[] = [];
    const corrupt: CorruptPiece[] = [];
    let next = from;
    let chars = 0;
    let pending = 0;
    const isFull = () => records.length + corrupt.length >= MAX_RECORDS || chars >= MAX_CHARS;
    for (let message = reader.peek(); message !== null && !isFull(); message = reader.peek()) {
      this.#emptySince = null;
      const { sequence, payload } = message;
      ({ pending } = message);
      let end = sequence === next.segment ? next.offset : 0;
      for (const { offset, length, json } of readMessage(payload, end)) {
        if (isFull()) break;
        end = offset + length + 1;
        chars += length;
        if (json !== null) records.push({ json, position: this.#position(sequence, offset) });
        else
          corrupt.push({
            segment: sequence,
            offset,
            length,
            bytes: payload.subarray(offset, offset + length),
          });
      }
      const isWhole = end >= payload.length;
      next = isWhole ? { segment: sequence + 1, offset: 0 } : { segment: sequence, offset: end };
      if (isWhole) reader.drop();
    }
    this.#next = next.segment;
    return { records, corrupt, next, torn: 0, atEnd: reader.peek() === null && pending === 0 };
  }
}
