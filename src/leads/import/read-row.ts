import { createHash } from 'node:crypto';
import { readEmail, readPhone, withoutAccents } from '../../domain/identity.ts';
import { readStageName, type StageName } from '../../domain/lead-stages.ts';
import { MAX_CENTS } from '../../domain/money.ts';
import { readWrittenAmount } from '../../domain/written-amount.ts';
import { readWrittenTime } from '../../domain/written-time.ts';
import type { Columns, ImportField } from './columns.ts';

/** What the rows of a file are. */
export type ImportKind = 'leads' | 'sales';

/** What reading a row takes beside its cells. */
export interface RowContext {
  readonly kind: ImportKind;
  readonly columns: Columns;
  readonly workspaceId: string;
  readonly domainId: string | null;
  /** IANA name; times without an offset are in it. */
  readonly timezone: string;
  readonly now: Date;
}

/** A row that can be stored. */
export interface ImportRow {
  /** The same row of the same file, or of a later export, has the same id: a UUID. */
  readonly rowId: string;
  readonly externalId: string | null;
  readonly name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly company: string | null;
  readonly message: string | null;
  readonly formLocation: string | null;
  readonly createdAt: Date;
  /** The file says no date at all. */
  readonly isUndated: boolean;
  readonly stage: ImportStage | null;
}

/** What the row says became of the lead. */
export interface ImportStage {
  readonly name: StageName;
  readonly valueCents: number | null;
  /** ISO 4217; null = the workspace's. */
  readonly currency: string | null;
  readonly at: Date;
}

/** A row, or why it cannot be used; the reason never holds the row's values. */
export type RowResult =
  | { readonly kind: 'row'; readonly row: ImportRow }
  | { readonly kind: 'rejected'; readonly reason: string };

const OLDEST = new Date('2000-01-01T00:00:00Z');
const DAY_MS = 86_400_000;
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
const STAGES: ReadonlyMap<string, StageName> = new Map([
  ['novo', 'new'],
  ['aberto', 'new'],
  ['qualificado', 'qualified'],
  ['proposta', 'proposal'],
  ['negociacao', 'negotiation'],
  ['ganho', 'won'],
  ['ganha', 'won'],
  ['vendido', 'won'],
  ['venda', 'won'],
  ['pago', 'won'],
  ['fechado', 'won'],
  ['closed won', 'won'],
  ['perdido', 'lost'],
  ['perdida', 'lost'],
  ['closed lost', 'lost'],
]);

/** A row that cannot be used; becomes a `rejected` result. */
class RowRefused extends Error {}

/** Reads one row of a file. */
export function readImportRow(context: RowContext, cells: readonly string[]): RowResult {
  try {
    return { kind: 'row', row: readRow(context, cells) };
  } catch (error) {
    if (error instanceof RowRefused) return { kind: 'rejected', reason: error.message };
    throw error;
  }
}

type Cell = (field: ImportField) => string | null;

function readRow(context: RowContext, cells: readonly string[]): ImportRow {
  const cell: Cell = (field) => {
    const index = context.columns.get(field);
    return (index === undefined ? undefined : cells[index])?.trim() || null;
  };
  const person = readPerson(cell);
  const stage = readStage(context, cell);
  const createdAt = readTime(context, cell('createdAt'), 'lead date');
  const plainDate = stage === null ? readTime(context, cell('date'), 'date') : null;
  return {
    ...person,
    rowId: buildRowId(context, cell, person),
    message: cell('message'),
    formLocation: cell('formLocation'),
    createdAt: createdAt ?? plainDate ?? stage?.at ?? context.now,
    isUndated: (createdAt ?? plainDate ?? stage?.at ?? context.now) === context.now,
    stage,
  };
}

function readPerson(cell: Cell) {
  const [externalId, email, phone] = [cell('externalId'), cell('email'), cell('phone')];
  const names = [cell('firstName'), cell('lastName')].filter((part) => part !== null);
  const isReachable = readEmail(email ?? '') !== null || readPhone(phone ?? '') !== null;
  if (!isReachable && externalId === null) {
    throw new RowRefused(
      email === null && phone === null
        ? 'has neither an e-mail nor a phone nor an id'
        : 'has no e-mail and no phone (with a country or a Brazilian area code) that can be read',
    );
  }
  return {
    externalId,
    name: cell('name') ?? (names.join(' ') || null),
    email,
    phone,
    company: cell('company'),
  };
}

function readStage(context: RowContext, cell: Cell): ImportStage | null {
  const isSale = context.kind === 'sales';
  const name = isSale ? 'won' : readStageCell(cell('stage'));
  if (name === null) return null;
  const amount = readValue(cell, isSale);
  const at = readTime(context, cell('wonAt'), 'sale date') ?? readTime(context, cell('date'), 'date');
  if (isSale && at === null) throw new RowRefused('has no date of the sale');
  return { name, ...amount, at: at ?? context.now };
}

function readStageCell(text: string | null): StageName | null {
  if (text === null) return null;
  const stage = readStageName(text) ?? STAGES.get(withoutAccents(text.toLowerCase()).trim());
  if (stage === undefined) throw new RowRefused('has a stage that is not known');
  return stage;
}

function readValue(cell: Cell, isNeeded: boolean): Pick<ImportStage, 'valueCents' | 'currency'> {
  const text = cell('value');
  const currency = cell('currency')?.toUpperCase() ?? null;
  if (currency !== null && !CURRENCIES.has(currency))
    throw new RowRefused('has a currency that is not ISO 4217');
  if (text === null && isNeeded) throw new RowRefused('has no value');
  if (text === null) return { valueCents: null, currency };
  const amount = readWrittenAmount(text);
  if (amount === null || amount.cents > MAX_CENTS) throw new RowRefused('has a value that cannot be read');
  const written = amount.currency;
  if (written !== null && !CURRENCIES.has(written))
    throw new RowRefused('has a currency that is not ISO 4217');
  if (written !== null && currency !== null && written !== currency) {
    throw new RowRefused('has a value in another currency than its currency column');
  }
  return { valueCents: amount.cents, currency: currency ?? written };
}

function readTime({ timezone, now }: RowContext, text: string | null, what: string): Date | null {
  if (text === null) return null;
  const time = readWrittenTime(text, timezone);
  if (time === null) throw new RowRefused(`has a ${what} that cannot be read (dd/mm/yyyy or yyyy-mm-dd)`);
  if (time.at < OLDEST) throw new RowRefused(`has a ${what} before the year 2000`);
  if (time.at.getTime() > now.getTime() + DAY_MS) throw new RowRefused(`has a ${what} in the future`);
  // Today's noon may be still to come.
  return time.at > now ? now : time.at;
}

/** By the id that the file gives, else by everything that it says of the row. */
function buildRowId(context: RowContext, cell: Cell, person: ReturnType<typeof readPerson>): string {
  const order = context.kind === 'sales' ? cell('orderId') : null;
  const given = order ?? (context.kind === 'leads' ? person.externalId : null);
  const content =
    given === null
      ? [
          person.externalId,
          readEmail(person.email ?? '') ?? person.email,
          readPhone(person.phone ?? '') ?? person.phone,
          person.name,
          ...(['createdAt', 'wonAt', 'date', 'value', 'currency', 'message'] as const).map(cell),
        ]
      : ['id', given];
  const place = [context.workspaceId, context.domainId, context.kind];
  const hex = createHash('sha256')
    .update(JSON.stringify([...place, ...content]))
    .digest('hex');
  // Version 8 is the one for ids of one's own making.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
