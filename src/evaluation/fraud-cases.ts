import { createHash } from 'node:crypto';
import { parse } from 'csv-parse/sync';

/** One person who came, and whether it was fraud. */
export interface FraudCase {
  readonly id: string;
  /** The label: the truth, or what is held for it. */
  readonly isFraud: boolean;
  /** Whoever shares it came from the same address; null = nobody knows. */
  readonly ipHash: string | null;
  /** ISO 3166-1 alpha-2; null = nobody knows. */
  readonly country: string | null;
  readonly hasClickId: boolean;
  /** The click's signs were a program's. */
  readonly isBot: boolean;
  /** Null without a click. */
  readonly clickedAt: Date | null;
  readonly startedAt: Date;
}

/** The columns of a labelled file, in the order in which they are written. */
const COLUMNS = [
  'id',
  'is_fraud',
  'ip_hash',
  'country',
  'has_click_id',
  'is_bot',
  'clicked_at',
  'started_at',
] as const;

/** Cases, or what is wrong with the file. */
export type CaseFile =
  | { readonly kind: 'cases'; readonly cases: readonly FraudCase[] }
  | { readonly kind: 'bad'; readonly message: string };

/** Reads a labelled CSV: a header, then a row a person; further columns are passed over. */
export function readFraudCases(text: string): CaseFile {
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { columns: true, bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    return { kind: 'bad', message: `This is no CSV: ${error instanceof Error ? error.message : 'unknown'}` };
  }
  const missing = COLUMNS.filter((column) => rows[0] !== undefined && !(column in rows[0]));
  if (rows.length === 0)
    return { kind: 'bad', message: `There are no rows under the header ${COLUMNS.join(',')}.` };
  if (missing.length > 0)
    return { kind: 'bad', message: `These columns are missing: ${missing.join(', ')}.` };
  const cases: FraudCase[] = [];
  for (const [index, row] of rows.entries()) {
    const read = readCase(row);
    if (typeof read === 'string') return { kind: 'bad', message: `Row ${index + 1}: ${read}` };
    cases.push(read);
  }
  return { kind: 'cases', cases };
}

/** The person of a row, or what cannot be read of it. */
function readCase(row: Record<string, string>): FraudCase | string {
  const flags = ['is_fraud', 'has_click_id', 'is_bot'].map((name) => readFlag(row[name]));
  const [isFraud, hasClickId, isBot] = flags;
  if (isFraud == null || hasClickId == null || isBot == null)
    return 'is_fraud, has_click_id and is_bot must each be 1 or 0.';
  const startedAt = readTime(row.started_at);
  if (startedAt === null) return 'started_at must be a time like 2026-11-30T12:00:00Z.';
  const clickedAt = row.clicked_at ? readTime(row.clicked_at) : null;
  if (row.clicked_at && clickedAt === null)
    return 'clicked_at must be empty or a time like 2026-11-30T12:00:00Z.';
  const country = row.country || null;
  if (country !== null && !/^[A-Za-z]{2}$/.test(country))
    return 'country must be empty or two letters, like BR.';
  return {
    ...{ id: row.id ?? '', isFraud, hasClickId, isBot, startedAt, clickedAt },
    country: country?.toUpperCase() ?? null,
    ipHash: row.ip_hash || null,
  };
}

const FLAGS: Readonly<Record<string, boolean>> = { 1: true, 0: false, true: true, false: false };
const readFlag = (text: string | undefined): boolean | null => FLAGS[text?.toLowerCase() ?? ''] ?? null;

function readTime(text: string | undefined): Date | null {
  const time = new Date(text ?? '');
  return Number.isNaN(time.getTime()) ? null : time;
}

/** Writes cases as `readFraudCases` reads them. */
export function buildFraudCsv(cases: readonly FraudCase[]): string {
  const rows = cases.map((one) =>
    [
      one.id,
      one.isFraud ? 1 : 0,
      one.ipHash ?? '',
      one.country ?? '',
      one.hasClickId ? 1 : 0,
      one.isBot ? 1 : 0,
      one.clickedAt?.toISOString() ?? '',
      one.startedAt.toISOString(),
    ].join(','),
  );
  return `${[COLUMNS.join(','), ...rows].join('\n')}\n`;
}

/** Half of a labelled set: what may be tuned on, and what never is. */
export type Half = 'tuning' | 'test';

/** In which half a person is: by a hash of the address, so that all who share one are in the same half. */
export function halfOf({ id, ipHash }: Pick<FraudCase, 'id' | 'ipHash'>): Half {
  const [first = 0] = createHash('sha256')
    .update(`half:${ipHash ?? id}`)
    .digest();
  return first % 2 === 0 ? 'tuning' : 'test';
}
