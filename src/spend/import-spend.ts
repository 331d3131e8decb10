import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { type RejectedRow, readSpendFile, type SpendFileOptions } from './read-spend-file.ts';
import { saveSpend } from './save-spend.ts';
import type { SpendRow } from './spend-row.ts';

/** What became of a file, or would. */
export interface SpendImport {
  readonly rows: number;
  /** Of every platform in the file. */
  readonly platforms: readonly string[];
  readonly from: string | null;
  readonly to: string | null;
  /** Cents by currency. */
  readonly costs: readonly { readonly currency: string; readonly cents: number }[];
  readonly totals: number;
  readonly rejected: readonly RejectedRow[];
}

/** Reads an export and saves its rows; the same file again changes nothing. */
export async function importSpend(
  db: Kysely<Database>,
  bytes: Uint8Array,
  options: SpendFileOptions & { readonly workspaceId: string; readonly isDryRun: boolean },
): Promise<
  | { readonly kind: 'done'; readonly report: SpendImport }
  | { readonly kind: 'unusable'; readonly reason: string }
> {
  const file = readSpendFile(bytes, options);
  if (file.kind === 'unusable') return file;
  if (!options.isDryRun) await saveSpend(db, options.workspaceId, file.rows);
  const days = file.rows.map((row) => row.day).sort();
  const report = {
    rows: file.rows.length,
    platforms: [...new Set(file.rows.map((row) => row.platform))].sort(),
    from: days[0] ?? null,
    to: days.at(-1) ?? null,
    costs: sumCosts(file.rows),
    totals: file.totals,
    rejected: file.rejected,
  };
  return { kind: 'done', report };
}

function sumCosts(rows: readonly SpendRow[]): SpendImport['costs'] {
  const sums = new Map<string, number>();
  for (const { currency, costCents } of rows) sums.set(currency, (sums.get(currency) ?? 0) + costCents);
  return [...sums].map(([currency, cents]) => ({ currency, cents }));
}
