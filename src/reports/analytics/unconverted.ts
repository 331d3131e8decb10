import { type Kysely, sql } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import { buildWhere, type SumQuestion } from './sum-view.ts';

/** Money that is in no sum, because no rate of its currency is known for its day. */
export interface Unconverted {
  readonly currency: string;
  /** Decimal strings by column. */
  readonly amounts: Readonly<Record<string, string>>;
}

/** What of a question's money is left out of its sums, by currency. */
export async function listUnconverted(
  db: Kysely<Database>,
  question: Pick<SumQuestion, 'view' | 'workspaceId' | 'currency' | 'range' | 'filters' | 'money'>,
): Promise<Unconverted[]> {
  const { view, currency, money } = question;
  const sums = money.map((name) => sql`round(sum(${sql.ref(name)}), 2)::text as ${sql.ref(name)}`);
  const { rows } = await sql<{ readonly currency: string } & Readonly<Record<string, string>>>`
    select currency, ${sql.join(sums)} from ${sql.table(view)}
    where ${buildWhere(question)} and currency <> ${currency}
    group by currency order by currency`.execute(db);
  return rows.map((row) => ({
    currency: row.currency,
    amounts: Object.fromEntries(money.map((name) => [name, row[name] ?? '0.00'])),
  }));
}
