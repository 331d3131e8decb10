import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';
import { traced } from '../io/tracing/traced.ts';
import type { LogPart } from '../log/capture-log.ts';
import type { CorruptPiece } from '../log/line-reader.ts';
import type { LogBatch, LogRecord } from '../log/read-log.ts';
import type { LogCheckpoint } from '../log/segments.ts';
import { loadFolded, restartCheckpoint } from './checkpoint.ts';
import { foldEarlyFacts } from './early-facts.ts';
import type { Enricher } from './enrich.ts';
import { type FoldBatch, type FoldTools, foldBatch } from './fold-batch.ts';
import type { MonthlyRow, MonthPartitions } from './month-partitions.ts';
import type { Foldable } from './placed-record.ts';
import { readRecords } from './read-records.ts';
import { isMissingPartition, isRecordError, readCode } from './record-errors.ts';

/** What one writer's drain needs. */
export interface WriterDrainOptions extends FoldTools {
  readonly db: Kysely<Database>;
  readonly part: LogPart;
  readonly enricher: Enricher;
  readonly logger: Logger;
  readonly months: MonthPartitions;
}

/** What one step did. */
export interface StepResult {
  readonly folded: number;
  /** Damaged lines set aside. */
  readonly corrupt: number;
  /** Whole records set aside because they cannot be folded. */
  readonly refused: number;
  readonly hasMore: boolean;
}

const NOTHING: StepResult = { folded: 0, corrupt: 0, refused: 0, hasMore: false };
const AGAIN: StepResult = { ...NOTHING, hasMore: true };

/** A drain that stands by looks so often whether the one at work has stopped. */
const STANDBY_MS = 1_000;

/** Folds one part of the log, a batch a step. */
export class WriterDrain {
  readonly #options: WriterDrainOptions;
  /** Null until it has been read, and again when somebody else moved it. */
  #checkpoint: LogCheckpoint | null = null;
  #standbyUntil = Number.NEGATIVE_INFINITY;

  constructor(options: WriterDrainOptions) {
    this.#options = options;
  }

  /** Folds the next batch. Throws when the database or the disk is away; what was not folded comes again. */
  async step(): Promise<StepResult> {
    const { db, part } = this.#options;
    if (performance.now() < this.#standbyUntil) return NOTHING;
    this.#checkpoint ??= (await loadFolded(db, part.key)).checkpoint;
    const from = this.#checkpoint;
    const batch = await part.read(from);
    const { segment, offset } = batch.next;
    if (segment === from.segment && offset === from.offset) return this.#rest(from);
    return this.#foldRead(from, batch);
  }

  /** Removes segments folded wholly and last written more than `olderThanMs` ago. */
  async removeFolded(olderThanMs: number, now: number): Promise<void> {
    if (this.#checkpoint === null) return;
    await this.#options.part.removeFolded({ before: this.#checkpoint, olderThanMs, now });
  }

  // A checkpoint ahead of the whole log: the directory was emptied, and what is written now would never be read.
  async #rest(from: LogCheckpoint): Promise<StepResult> {
    const { db, part, logger } = this.#options;
    if (!(await part.endsBefore(from))) return NOTHING;
    logger.error({ ...part.key }, 'The log is shorter than what was folded of it: it begins again');
    await restartCheckpoint(db, part.key);
    this.#checkpoint = null;
    return AGAIN;
  }

  async #foldRead(from: LogCheckpoint, read: LogBatch): Promise<StepResult> {
    const { part, months, enricher } = this.#options;
    await enricher.ready();
    const { records, refused } = readRecords(read.records, enricher);
    await this.#setAside(read.corrupt, 'Damaged lines of the log were set aside');
    await this.#setAside(refused.map(buildPiece), 'Records that cannot be folded were set aside');
    await months.ensure(records.flatMap(listMonthlyRows));
    const corrupt = read.corrupt.map(({ segment, offset }) => ({ segment, offset }));
    const places = refused.map(({ position }) => ({ segment: position.segment, offset: position.offset }));
    const batch = { key: part.key, from, next: read.next, records, corrupt, refused: places };
    const poisoned = await this.#fold(batch);
    if (poisoned === null) return this.#standBy();
    const folded = records.length - poisoned;
    return { folded, corrupt: corrupt.length, refused: places.length + poisoned, hasMore: !read.atEnd };
  }

  /** Another machine folds this part: reading it all as well, to be overtaken each time, would help nobody. */
  #standBy(): StepResult {
    if (!this.#options.part.isShared) return AGAIN;
    this.#standbyUntil = performance.now() + STANDBY_MS;
    return NOTHING;
  }

  /** Returns how many records had to be set aside, or null if another drain was there first. */
  async #fold(batch: FoldBatch): Promise<number | null> {
    const { db, months } = this.#options;
    try {
      const records = { 'rastro.records': batch.records.length };
      const result = await traced('fold', records, () => foldBatch(db, batch, this.#options));
      this.#checkpoint = result.kind === 'folded' ? batch.next : null;
      if (result.kind === 'overtaken') return null;
      await foldEarlyFacts(db, result.touchedTokens);
      return 0;
    } catch (error) {
      if (isMissingPartition(error)) months.forget();
      else if (isRecordError(error) && batch.records.length > 0) return this.#foldApart(batch, error);
      throw error;
    }
  }

  /** Halves a batch that holds a record which the database refuses, until that record stands alone. */
  async #foldApart(batch: FoldBatch, error: unknown): Promise<number | null> {
    const { records, next } = batch;
    const middle = records[Math.ceil(records.length / 2)];
    if (middle === undefined) return this.#refuse(batch, error);
    const boundary = middle.place;
    const isFirst = (place: LogCheckpoint) =>
      place.segment < boundary.segment ||
      (place.segment === boundary.segment && place.offset < boundary.offset);
    const first = await this.#fold({
      ...batch,
      next: boundary,
      records: records.filter((record) => isFirst(record.place)),
      corrupt: batch.corrupt.filter(isFirst),
      refused: batch.refused.filter(isFirst),
    });
    if (first === null) return null;
    const second = await this.#fold({
      ...batch,
      from: boundary,
      next,
      records: records.filter((record) => !isFirst(record.place)),
      corrupt: batch.corrupt.filter((place) => !isFirst(place)),
      refused: batch.refused.filter((place) => !isFirst(place)),
    });
    return second === null ? null : first + second;
  }

  async #refuse(batch: FoldBatch, error: unknown): Promise<number | null> {
    const pieces = batch.records.map(({ json, place }) => buildPiece({ json, position: place }));
    const reason = error instanceof Error ? error.name : 'error';
    await this.#setAside(pieces, `A record was refused and set aside (${reason} ${readCode(error)})`);
    const places = batch.records.map((record) => record.place);
    const rest = await this.#fold({ ...batch, records: [], refused: [...batch.refused, ...places] });
    return rest === null ? null : places.length;
  }

  // A full disk must not stop the folding: the segment itself stays for a day, and the place is logged.
  async #setAside(pieces: readonly CorruptPiece[], message: string): Promise<void> {
    if (pieces.length === 0) return;
    const places = pieces.slice(0, 10).map(({ segment, offset, length }) => ({ segment, offset, length }));
    const { part, logger } = this.#options;
    logger.error({ ...part.key, count: pieces.length, places }, message);
    await part.setAside(pieces).catch((error: unknown) => {
      logger.error({ ...part.key, code: readCode(error) }, 'They could not be copied aside');
    });
  }
}

function buildPiece({ json, position }: { json: string; position: LogCheckpoint } | LogRecord) {
  const bytes = Buffer.from(json);
  return { segment: position.segment, offset: position.offset, length: bytes.length, bytes };
}

/** The rows of monthly tables that a record makes. */
function listMonthlyRows(record: Foldable): readonly MonthlyRow[] {
  if (record.kind === 'click') return [{ table: 'clicks', at: record.click.createdAt }];
  if (record.kind !== 'visit') return [];
  return record.visit.items.flatMap((item): MonthlyRow[] => {
    const at = new Date(item.at);
    return [
      { table: 'utm_tracking', at },
      { table: ITEM_TABLES[item.type], at },
    ];
  });
}

const ITEM_TABLES = { page_view: 'page_views', event: 'events', lead: 'leads' } as const;
