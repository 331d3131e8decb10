import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** Makes the months that clicks need, whenever they happened; asks the database once a month only. */
export class MonthPartitions {
  readonly #db: Kysely<Database>;
  readonly #made = new Set<string>();

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /** Makes the partitions of these days, if they are missing; outside a transaction, for it locks the whole table. */
  async ensure(days: readonly Date[]): Promise<void> {
    for (const month of new Set(days.map((day) => `${day.toISOString().slice(0, 7)}-01`))) {
      if (this.#made.has(month)) continue;
      await sql`select ensure_month_partitions('clicks', ${month}::date, 1)`.execute(this.#db);
      this.#made.add(month);
    }
  }

  /** Asks again next time: a partition has been dropped meanwhile. */
  forget(): void {
    this.#made.clear();
  }
}
