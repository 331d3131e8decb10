import type { CsvRow } from '../../io/csv-table.ts';
import { readColumns } from './columns.ts';
import { type ImportCounts, type ImportRoom, importRows } from './import-rows.ts';
import { type ImportRow, type RowContext, readImportRow } from './read-row.ts';

const BATCH = 200;

/** A row that was left out, and why. */
export interface RejectedRow extends CsvRow {
  readonly reason: string;
}

/** What became of a file. */
export interface ImportReport extends ImportCounts {
  readonly rows: number;
  readonly rejected: readonly RejectedRow[];
}

/** A file ready to be imported. */
export interface ImportJob extends Omit<ImportRoom, 'memory'> {
  readonly timezone: string;
  readonly now: Date;
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
  /** Told after each batch. */
  readonly onProgress: (done: number, total: number) => void;
}

/** The imported file, or what its header lacks. */
export type ImportResult =
  | { readonly kind: 'done'; readonly report: ImportReport }
  | { readonly kind: 'unusable'; readonly reason: string };

/** Imports a file in batches, each whole or not at all; run again after a break it goes on where it was. */
export async function importTable(job: ImportJob): Promise<ImportResult> {
  const columns = readColumns(job.header);
  const { kind, workspaceId, domainId } = job.target;
  const missing = findMissing(columns, kind);
  if (missing !== null) return { kind: 'unusable', reason: missing };
  const context: RowContext = { kind, columns, workspaceId, domainId, timezone: job.timezone, now: job.now };
  const room: ImportRoom = { ...job, memory: { rows: new Set(), made: new Set(), sold: new Set() } };
  const counts: ImportCounts = { saved: 0, matched: 0, known: 0 };
  const rejected: RejectedRow[] = [];
  for (let start = 0; start < job.rows.length; start += BATCH) {
    const batch: ImportRow[] = [];
    for (const row of job.rows.slice(start, start + BATCH)) {
      const result = readImportRow(context, row.cells);
      if (result.kind === 'row') batch.push(result.row);
      else rejected.push({ ...row, reason: result.reason });
    }
    const done = await importRows(room, batch);
    counts.saved += done.saved;
    counts.matched += done.matched;
    counts.known += done.known;
    job.onProgress(Math.min(start + BATCH, job.rows.length), job.rows.length);
  }
  return { kind: 'done', report: { rows: job.rows.length, ...counts, rejected } };
}

function findMissing(columns: ReturnType<typeof readColumns>, kind: 'leads' | 'sales'): string | null {
  const has = (...fields: Parameters<typeof columns.has>[0][]) => fields.some((field) => columns.has(field));
  if (!has('email', 'phone', 'externalId')) {
    return 'No column of the header is known for an e-mail, a phone or an id (email, telefone, id externo).';
  }
  if (kind === 'sales' && !has('value'))
    return 'No column of the header is known for the value (valor, value).';
  if (kind === 'sales' && !has('wonAt', 'date')) {
    return 'No column of the header is known for the date of the sale (data da venda, sale date).';
  }
  return null;
}
