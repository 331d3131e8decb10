import { z } from 'zod';

/**
 * A backup is a gzip file of lines. The first is the header; then each table's own line and after it its rows, one JSON
 * array of texts a row; the last line says how many rows there were. Values are PostgreSQL's own texts, so that any
 * server of any machine, and the embedded database, reads back exactly what was written.
 */
const BACKUP_FORMAT = 1;

const headerSchema = z.object({
  rastro_backup: z.literal(BACKUP_FORMAT),
  made_at: z.iso.datetime(),
  /** The migrations of the database that it was made of: name and checksum. */
  schema: z.array(z.tuple([z.string(), z.string()])),
  /** Tells whether the secrets at the restore are those of the backup, and tells nothing else. */
  secrets_mark: z.string(),
});

const tableSchema = z.object({
  table: z.string(),
  columns: z.array(z.string()).min(1),
  /** First month (YYYY-MM-DD) and number of months that a monthly table's rows need; null for any other table. */
  months: z.object({ from: z.iso.date(), count: z.int().min(1) }).nullable(),
});

const endSchema = z.object({ end: z.object({ tables: z.int(), rows: z.int() }) });

/** What a backup says of itself. */
export type BackupHeader = z.infer<typeof headerSchema>;

/** What stands before the rows of a table. */
export type BackupTable = z.infer<typeof tableSchema>;

/** How much was written or restored. */
export type BackupTotals = z.infer<typeof endSchema>['end'];

/** A line that is no row. */
export type BackupMark =
  | { readonly kind: 'table'; readonly table: BackupTable }
  | { readonly kind: 'end'; readonly totals: BackupTotals };

/** Why a backup cannot be made or restored; its message is for the operator. Nothing has been changed. */
export class BackupRefused extends Error {
  override name = 'BackupRefused';
}

/** The header's line. */
export function buildHeaderLine(header: Omit<BackupHeader, 'rastro_backup'>): string {
  return `${JSON.stringify({ rastro_backup: BACKUP_FORMAT, ...header })}\n`;
}

/** Reads the first line. Throws BackupRefused for anything but a backup of this format. */
export function readHeader(line: string): BackupHeader {
  const header = headerSchema.safeParse(readJson(line));
  if (header.success) return header.data;
  throw new BackupRefused('the file is not a backup that this version of Rastro can read');
}

/** Reads a line that does not begin with `[`. Throws BackupRefused if it is none that a backup has. */
export function readMark(line: string): BackupMark {
  const value = readJson(line);
  const table = tableSchema.safeParse(value);
  if (table.success) return { kind: 'table', table: table.data };
  const end = endSchema.safeParse(value);
  if (end.success) return { kind: 'end', totals: end.data.end };
  throw new BackupRefused('the backup is damaged: it holds a line that no backup has');
}

function readJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
