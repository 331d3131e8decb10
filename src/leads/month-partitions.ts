import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** Makes the months that leads of these days need, if they are missing; outside a transaction, for it locks the table. */
export async function ensureLeadMonths(db: Kysely<Database>, days: readonly Date[]): Promise<void> {
  for (const month of new Set(days.map((day) => `${day.toISOString().slice(0, 7)}-01`))) {
    await sql`select ensure_month_partitions('leads', ${month}::date, 1)`.execute(db);
  }
}
