import { sql } from 'kysely';
import type { Vault } from '../../src/io/vault.ts';
import { SEALED_COLUMNS } from '../../src/privacy/sealed-columns.ts';
import type { OpenTestDatabase } from './database.ts';

interface Column {
  readonly schema_name: string;
  readonly table_name: string;
  readonly column_name: string;
  readonly data_type: string;
}

type Db = OpenTestDatabase['db'];

/** Every column of every table and materialised view of every schema; partitions are their parent's. */
export async function listColumns(db: Db): Promise<readonly Column[]> {
  const { rows } = await sql<Column>`
    select n.nspname as schema_name, c.relname as table_name, a.attname as column_name, format_type(a.atttypid, null) as data_type
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and c.relkind in ('r', 'p', 'm') and not c.relispartition
      and a.attnum > 0 and not a.attisdropped
    order by n.nspname <> 'public', n.nspname, c.relname, a.attnum`.execute(db);
  return rows;
}

/** `table.column` of every value that holds one of the texts, in whatever form it is stored. */
export async function searchDatabase(db: Db, vault: Vault, texts: readonly string[]): Promise<string[]> {
  const hits = new Set<string>();
  for (const found of await listColumns(db)) {
    const { table_name: table, column_name: column, data_type } = found;
    const values = data_type === 'bytea' ? await openValues(db, vault, found) : await readValues(db, found);
    if (values.some((value) => texts.some((text) => value.toLowerCase().includes(text.toLowerCase()))))
      hits.add(`${table}.${column}`);
  }
  return [...hits];
}

async function readValues(db: Db, { schema_name, table_name, column_name }: Column): Promise<string[]> {
  const column = sql.ref(column_name);
  const { rows } = await sql<{ value: string }>`
    select distinct ${column}::text as value from ${sql.id(schema_name, table_name)}
    where ${column} is not null`.execute(db);
  return rows.map((row) => row.value);
}

async function openValues(
  db: Db,
  vault: Vault,
  { schema_name, table_name: table, column_name: column }: Column,
): Promise<string[]> {
  const sealed = SEALED_COLUMNS.find((one) => one.table === table && one.column === column);
  const { rows } = await sql<{ value: Buffer }>`
    select ${sql.ref(column)} as value from ${sql.id(schema_name, table)} where length(${sql.ref(column)}) > 0`.execute(
    db,
  );
  return rows.map(({ value }) => {
    if (sealed === undefined) return value.toString('latin1');
    const text = vault.open(value, sealed.context);
    return sealed.isBase64 ? Buffer.from(text, 'base64').toString('latin1') : text;
  });
}
