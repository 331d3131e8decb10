import type pg from 'pg';

/** A table of the program, and what is needed to copy it. */
export interface TableShape {
  readonly name: string;
  /** Without those that the database works out itself. */
  readonly columns: readonly { readonly name: string; readonly type: string; readonly isIdentity: boolean }[];
  /** What a monthly table is divided by; null for any other. */
  readonly monthColumn: string | null;
  readonly hasTriggers: boolean;
  /** Tables whose rows must be there before its own. */
  readonly needs: readonly string[];
}

/**
 * Not copied: the applied migrations are compared instead, and without its rows of `view_refreshes` the next look of the
 * job makes the views anew.
 */
const NOT_COPIED = ['schema_migrations', 'view_refreshes'];

// Partitions are not listed: their rows are read and written through the table that they are part of.
const SHAPES = `
  select c.relname as name,
    (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'isIdentity', a.attidentity <> '') order by a.attnum)
      from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
    (select a.attname from pg_partitioned_table p
      join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
      where p.partrelid = c.oid) as "monthColumn",
    exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal) as "hasTriggers",
    array(select distinct f.relname::text from pg_constraint k join pg_class f on f.oid = k.confrelid
      where k.conrelid = c.oid and k.contype = 'f' and f.oid <> c.oid) as needs
  from pg_class c
  where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname <> all ($1)
  order by c.relname`;

/** Lists the tables that a backup holds; each stands after those that its foreign keys point to. */
export async function listTables(client: Pick<pg.ClientBase, 'query'>): Promise<TableShape[]> {
  const { rows } = await client.query<TableShape>(SHAPES, [NOT_COPIED]);
  return orderByNeeds(rows);
}

function orderByNeeds(tables: readonly TableShape[]): TableShape[] {
  const ordered = new Map<string, TableShape>();
  while (ordered.size < tables.length) {
    const ready = tables.filter(
      ({ name, needs }) => !ordered.has(name) && needs.every((need) => ordered.has(need)),
    );
    if (ready.length === 0) throw new Error('foreign keys point round in a circle: no order keeps them');
    for (const table of ready) ordered.set(table.name, table);
  }
  return [...ordered.values()];
}
