import pg from 'pg';
import { BackupRefused, type BackupTable } from './backup-format.ts';
import type { TableShape } from './list-tables.ts';

/** Takes the rows of one table. */
export interface TableRestore {
  /** One row: a JSON array of texts. */
  add(line: string): Promise<void>;
  /** Inserts what waits and makes the table as it was; answers the number of rows. */
  close(): Promise<number>;
}

interface RestoreTarget {
  readonly mark: BackupTable;
  readonly tables: readonly TableShape[];
  readonly onProgress: (table: string, rows: number) => void;
}

const ROWS_AN_INSERT = 1_000;
const CHARACTERS_AN_INSERT = 4_000_000;
const TELL_EVERY = 100_000;
const { escapeIdentifier } = pg;

/** Prepares a table for its rows: makes its months, and lets its triggers rest. Throws BackupRefused if there is none. */
export async function openTable(
  client: pg.PoolClient,
  { mark, tables, onProgress }: RestoreTarget,
): Promise<TableRestore> {
  const shape = tables.find(({ name }) => name === mark.table);
  if (!shape) throw new BackupRefused(`the backup holds a table that this program has not: ${mark.table}`);
  const table = escapeIdentifier(shape.name);
  const insert = buildInsert(shape, mark);
  if (mark.months) {
    const { from, count } = mark.months;
    await client.query('select ensure_month_partitions($1::regclass, $2::date, $3)', [table, from, count]);
  }
  // After the months: a partition made later would come with its triggers awake.
  if (shape.hasTriggers) await client.query(`alter table ${table} disable trigger user`);
  let waiting: string[] = [];
  let characters = 0;
  let rows = 0;
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    await client.query(insert, [`[${waiting.join(',')}]`]);
    rows += waiting.length;
    waiting = [];
    characters = 0;
    if (rows % TELL_EVERY === 0) onProgress(shape.name, rows);
  };
  return {
    add: async (line) => {
      waiting.push(line);
      characters += line.length;
      if (waiting.length >= ROWS_AN_INSERT || characters >= CHARACTERS_AN_INSERT) await flush();
    },
    close: async () => {
      await flush();
      await moveSequences(client, shape);
      if (shape.hasTriggers) await client.query(`alter table ${table} enable trigger user`);
      if (rows > 0 && rows % TELL_EVERY !== 0) onProgress(shape.name, rows);
      return rows;
    },
  };
}

function buildInsert(shape: TableShape, { table, columns }: BackupTable): string {
  const values = columns.map((column, index) => {
    const type = shape.columns.find(({ name }) => name === column)?.type;
    if (type === undefined)
      throw new BackupRefused(`the backup holds a column that is not there: ${table}.${column}`);
    return `(line->>${index})::${type}`;
  });
  return `insert into ${escapeIdentifier(table)} (${columns.map(escapeIdentifier).join(', ')})
    overriding system value select ${values.join(', ')} from json_array_elements($1::json) as lines (line)`;
}

/** The next number of an identity column is one that no row has. */
async function moveSequences(client: pg.PoolClient, { name, columns }: TableShape): Promise<void> {
  const table = escapeIdentifier(name);
  for (const { name: column, isIdentity } of columns) {
    if (!isIdentity) continue;
    await client.query(
      `select setval(pg_get_serial_sequence($1, $2), max(${escapeIdentifier(column)})) from ${table}
      having max(${escapeIdentifier(column)}) is not null`,
      [table, column],
    );
  }
}
