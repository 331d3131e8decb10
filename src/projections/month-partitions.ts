import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** A row of a table that is parted by months. */
export interface MonthlyRow {
  readonly table: 'clicks' | 'utm_tracking' | 'page_views' | 'events' | 'leads';
  readonly at: Date;
}

/** Makes the months that rows need, whenever they happened; asks the database once for a table's month. */
export class MonthPartitions {
  readonly #db: Kysely<Database>;
  readonly #made = new Set<string>();

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /** Makes the partitions of these rows, if they are missing; outside a transaction, for it locks the whole table. */
  async ensure(rows: readonly MonthlyRow[]): Promise<void> {
    for (const name of new Set(rows.map(({ table, at }) => `${table} ${at.toISOString().slice(0, 7)}`))) {
      if (this.#made.has(name)) continue;
      const [table, month] = name.split(' ');
      await sql`select ensure_month_partitions(${table}::regclass, ${`${month}-01`}::date, 1)`.execute(
        this.#db,
      );
      this.#made.add(name);
    }
  }

  /** Asks again next time: a partition has been dropped meanwhile. */
  forget(): void {
    this.#made.clear();
  }
}
