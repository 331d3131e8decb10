import { type RawBuilder, sql } from 'kysely';

/** Rows as one parameter, however many there are: `json_to_recordset(…) as r(…)`, to stand in a `from`. */
export function recordSet<Column extends string>(
  columns: Readonly<Record<Column, string>>,
  rows: readonly Readonly<Record<NoInfer<Column>, unknown>>[],
): RawBuilder<unknown> {
  const definitions = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as r(${sql.raw(definitions.join(', '))})`;
}

/** The columns as a list, for `insert into … (…) select …`. */
export const columnList = (columns: Readonly<Record<string, string>>): RawBuilder<unknown> =>
  sql.raw(Object.keys(columns).join(', '));
