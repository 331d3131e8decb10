import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** What one unit of a currency was worth in another from a day on, until the next rate. */
export interface CurrencyRate {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly currency: string;
  readonly base: string;
  /** Decimal string above zero with at most 8 places. */
  readonly rate: string;
}

const RATE = /^\d{1,9}(?:\.\d{1,8})?$/;

/** Whether a text can be a rate. */
export const isRate = (text: string): boolean => RATE.test(text) && Number(text) > 0;

/** Saves rates; one of the same day and currencies is replaced. */
export async function saveRates(
  db: Kysely<Database>,
  workspaceId: string,
  rates: readonly CurrencyRate[],
): Promise<void> {
  if (rates.length === 0) return;
  await db
    .insertInto('currency_rates')
    .values(rates.map((rate) => ({ workspace_id: workspaceId, ...rate })))
    .onConflict((conflict) =>
      conflict
        .columns(['workspace_id', 'currency', 'base', 'day'])
        .doUpdateSet((update) => ({ rate: update.ref('excluded.rate') })),
    )
    .execute();
}

/** The newest rates of a workspace first. */
export async function listRates(
  db: Kysely<Database>,
  {
    workspaceId,
    currency,
    limit,
  }: { readonly workspaceId: string; readonly currency?: string | undefined; readonly limit: number },
): Promise<CurrencyRate[]> {
  let query = db.selectFrom('currency_rates').selectAll().where('workspace_id', '=', workspaceId);
  if (currency !== undefined) query = query.where('currency', '=', currency);
  const rows = await query.orderBy('day', 'desc').orderBy('currency').orderBy('base').limit(limit).execute();
  return rows.map(({ day, currency: of, base, rate }) => ({
    day: String(day),
    currency: of,
    base,
    rate: trim(rate),
  }));
}

/** `5.43000000` -> `5.43`. */
const trim = (rate: string): string => (rate.includes('.') ? rate.replace(/\.?0+$/, '') : rate);
