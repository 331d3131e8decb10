import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { foldLateFacts, type LateFact } from './late-facts.ts';
import { readFact } from './read-fact.ts';

/** Keeps facts whose click is not stored yet: with several serving processes it may lie in another one's log. */
export async function keepEarlyFacts(db: Transaction<Database>, facts: readonly LateFact[]): Promise<void> {
  if (facts.length === 0) return;
  const rows = facts.map((fact) => ({ token: fact.token, at: new Date(fact.at), kind: fact.kind, fact }));
  await sql`
    insert into early_facts (tracking_token, at, kind, fact)
    select token, at, kind, fact
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(token text, at timestamptz, kind text, fact jsonb)
    on conflict do nothing`.execute(db);
}

/**
 * Folds kept facts of these tokens whose click is stored by now. Called after the transaction that stored the
 * click or kept the fact: of two drains that do one each, the later one sees both.
 */
export async function foldEarlyFacts(db: Kysely<Database>, tokens: readonly string[]): Promise<void> {
  if (tokens.length === 0) return;
  const waiting = await db
    .selectFrom('early_facts')
    .select('tracking_token')
    .where('tracking_token', 'in', tokens)
    .where((where) =>
      where.exists(
        where
          .selectFrom('clicks')
          .select('clicks.tracking_token')
          .whereRef('clicks.tracking_token', '=', 'early_facts.tracking_token'),
      ),
    )
    .distinct()
    .execute();
  if (waiting.length === 0) return;
  const ready = waiting.map((row) => row.tracking_token);
  await db.transaction().execute((trx) => foldReady(trx, ready));
}

async function foldReady(db: Transaction<Database>, tokens: readonly string[]): Promise<void> {
  const rows = await db
    .deleteFrom('early_facts')
    .where('tracking_token', 'in', tokens)
    .returning('fact')
    .execute();
  const facts = rows.flatMap((row) => {
    const fact = readFact(JSON.stringify(row.fact));
    return fact?.kind === 'cookies' || fact?.kind === 'consent' ? [fact] : [];
  });
  await foldLateFacts(
    db,
    facts.sort((a, b) => a.at - b.at),
  );
}

/** Drops facts whose click has not come since `before`: their token was invented. */
export async function dropEarlyFacts(db: Kysely<Database>, before: Date): Promise<void> {
  await db.deleteFrom('early_facts').where('folded_at', '<', before).execute();
}
