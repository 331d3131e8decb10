import { readWrittenAmount } from '../domain/written-amount.ts';
import { type CsvRow, readCsvTable } from '../io/csv-table.ts';
import { readSpendHeader, type SpendColumn, type SpendHeader } from './spend-columns.ts';
import { buildSpendKey, MOST_COUNT, type SpendRow } from './spend-row.ts';
import { type DayOrder, findDayOrder, readWrittenDay } from './written-day.ts';

/** What the file cannot say itself. */
export interface SpendFileOptions {
  /** Overrides what the header tells; null: the header must tell. */
  readonly platform: string | null;
  /** Where neither the file nor the amount names one. */
  readonly currency: string;
}

/** A row that cannot be used. */
export interface RejectedRow {
  /** The file's line, counted from 1. */
  readonly line: number;
  readonly reason: string;
}

/** An export as rows; or why it is none. */
export type SpendFile =
  | {
      readonly kind: 'spend';
      readonly rows: readonly SpendRow[];
      readonly rejected: readonly RejectedRow[];
      /** Rows of totals, left out. */
      readonly totals: number;
    }
  | { readonly kind: 'unusable'; readonly reason: string };

const MOST_TITLE_LINES = 15;
const TWO_CURRENCIES = 'A row above has the same day and campaign in another currency.';

/**
 * Reads an export of an ad platform. Rows that differ only in a breakdown that is not kept (age, device …) are added up.
 */
export function readSpendFile(bytes: Uint8Array, options: SpendFileOptions): SpendFile {
  const found = findHeader(bytes);
  if (found.kind === 'unusable') return found;
  const { header, rows } = found;
  const platform = options.platform ?? header.platform;
  if (platform === null && header.columns.platform === undefined) {
    return unusable('It does not say whose export it is. Name the platform.');
  }
  const days = rows.map(({ cells }) => cells[header.columns.day ?? header.columns.start ?? -1] ?? '');
  const reader = {
    header,
    platform,
    currency: options.currency,
    order: findDayOrder(days, header.isPortuguese),
  };
  const sums = new Map<string, SpendRow>();
  const rejected: RejectedRow[] = [];
  let totals = 0;
  for (const row of rows) {
    const read = readRow(row, reader);
    if (read.kind === 'total') totals += 1;
    else if (read.kind === 'rejected') rejected.push({ line: row.line, reason: read.reason });
    else if (!addRow(sums, read.row)) rejected.push({ line: row.line, reason: TWO_CURRENCIES });
  }
  return { kind: 'spend', rows: [...sums.values()], rejected, totals };
}

const unusable = (reason: string) => ({ kind: 'unusable', reason }) as const;

interface Found {
  readonly kind: 'found';
  readonly header: SpendHeader;
  readonly rows: readonly CsvRow[];
}

/** The exports of Google and LinkedIn have titles before their header, in which the separator may be another letter. */
function findHeader(bytes: Uint8Array): Found | { readonly kind: 'unusable'; readonly reason: string } {
  let rest = bytes;
  let reason = '';
  for (let dropped = 0; dropped <= MOST_TITLE_LINES; dropped += 1) {
    const table = readCsvTable(rest);
    if (table.kind === 'table') {
      const header = readSpendHeader(table.header);
      if (header) {
        const rows = table.rows.map((row) => ({ ...row, line: row.line + dropped }));
        return { kind: 'found', header, rows };
      }
    } else if (dropped === 0) reason = table.reason;
    const shorter = dropFirstLine(rest);
    if (shorter === null) break;
    rest = shorter;
  }
  return unusable(
    reason ||
      'No header with a day and a cost was found. Export the report by day, with the column of the cost.',
  );
}

/** Null if there is no second line. */
function dropFirstLine(bytes: Uint8Array): Uint8Array | null {
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
  const end = bytes.indexOf(0x0a);
  if (end < 0) return null;
  if (!isWide) return bytes.subarray(end + 1);
  return Buffer.concat([bytes.subarray(0, 2), bytes.subarray(end + 2)]);
}

/** False for a row that cannot be added: amounts of two currencies make no sum. */
function addRow(sums: Map<string, SpendRow>, row: SpendRow): boolean {
  const key = buildSpendKey(row);
  const known = sums.get(key);
  if (known && known.currency !== row.currency) return false;
  const added = known && {
    impressions: known.impressions + row.impressions,
    clicks: known.clicks + row.clicks,
    costCents: known.costCents + row.costCents,
  };
  sums.set(key, { ...row, ...added });
  return true;
}

interface RowReader {
  readonly header: SpendHeader;
  readonly platform: string | null;
  readonly currency: string;
  readonly order: DayOrder;
}

type ReadRow =
  | { readonly kind: 'row'; readonly row: SpendRow }
  | { readonly kind: 'total' }
  | { readonly kind: 'rejected'; readonly reason: string };

const rejected = (reason: string): ReadRow => ({ kind: 'rejected', reason });

function readRow({ cells }: CsvRow, { header, platform, currency, order }: RowReader): ReadRow {
  const text = (column: SpendColumn): string => readCell(cells[header.columns[column] ?? -1]);
  const day = readWrittenDay(text('day') || text('start'), order);
  if (isTotal(cells, day, header, text)) return { kind: 'total' };
  if (day === null) return rejected('The day is missing or is no date.');
  const end = header.columns.day === undefined ? readWrittenDay(text('end'), order) : day;
  if (end !== null && end !== day) return rejected('It covers several days. Export the report by day.');
  const amount = readCost(text('cost'));
  if (amount === null) return rejected('The cost is no amount of zero or more.');
  const ofPlatform =
    text('platform')
      .toLowerCase()
      .replace(/[\s-]+/g, '_') || platform;
  if (ofPlatform === null || !/^[a-z][a-z0-9_]{0,39}$/.test(ofPlatform))
    return rejected('The platform is missing.');
  const named = text('currency').toUpperCase();
  const ofRow = /^[A-Z]{3}$/.test(named) ? named : (amount.currency ?? header.currency ?? currency);
  return {
    kind: 'row',
    row: {
      day,
      platform: ofPlatform,
      accountId: text('accountId') || text('accountName'),
      campaignId: text('campaignId'),
      campaignName: text('campaignName'),
      adSetName: text('adSetName'),
      adName: text('adName'),
      utmSource: text('utmSource') || null,
      utmCampaign: text('utmCampaign') || null,
      impressions: readCount(text('impressions')),
      clicks: readCount(text('clicks')),
      costCents: amount.cents,
      currency: ofRow,
    },
  };
}

const MOST_LETTERS = 400;

/** Exports write `--` or `-` for nothing. */
function readCell(cell: string | undefined): string {
  const text = (cell ?? '').trim().replace(/\0/g, '').slice(0, MOST_LETTERS);
  return /^-+$/.test(text) ? '' : text;
}

/** `Total: Campaigns` at Google, `Total of 12 results` at TikTok, a row without a campaign at Meta. */
function isTotal(
  cells: readonly string[],
  day: string | null,
  header: SpendHeader,
  text: (column: SpendColumn) => string,
): boolean {
  const first = cells.map(readCell).find((cell) => cell !== '') ?? '';
  if (day === null && /^(total|totais)\b/i.test(first)) return true;
  const hasCampaigns = header.columns.campaignName !== undefined || header.columns.campaignId !== undefined;
  return hasCampaigns && text('campaignName') === '' && text('campaignId') === '' && text('adName') === '';
}

/** Nothing spent is written as nothing by some; long decimals come from sums that the platform did not round. */
function readCost(text: string): { readonly cents: number; readonly currency: string | null } | null {
  if (text === '') return { cents: 0, currency: null };
  if (/^\d{1,12}[.,]\d{4,}$/.test(text)) {
    return { cents: Math.round(Number(text.replace(',', '.')) * 100), currency: null };
  }
  return readWrittenAmount(text);
}

function readCount(text: string): number {
  const digits = text.replace(/[.,\s\u00a0]/g, '');
  const count = /^\d{1,12}$/.test(digits) ? Number(digits) : 0;
  return count <= MOST_COUNT ? count : 0;
}
