import { type Kysely, type Selectable, sql } from 'kysely';
import type { BotVerdict } from '../domain/bot-verdict.ts';
import type { Clicks, Database } from '../io/database.gen.ts';
import { canBurst, countAlike, MOST_CLICKS_A_MINUTE } from './bot-bursts.ts';
import { judgeVisitor } from './bot-reasons.ts';
import { readClickRow } from './find-clicks.ts';

/** Which clicks are judged again: `from` inclusive, `to` exclusive; null = every workspace. */
export interface RecomputeQuestion {
  readonly workspaceId: string | null;
  readonly from: Date;
  readonly to: Date;
  /** Only counts what would change. */
  readonly isDryRun: boolean;
}

/** Clicks whose verdict is another one by today's rules. */
export interface ChangedVerdict {
  readonly trackingToken: string;
  readonly wasBot: boolean;
  readonly verdict: BotVerdict;
}

/** What one batch came to. */
export interface RecomputedBatch {
  readonly judged: number;
  readonly changed: readonly ChangedVerdict[];
}

const BATCH = 1000;

type JudgedRow = Selectable<Clicks> & { readonly alike: number };

/** Judges stored clicks by today's rules, a batch at a time, from what was stored of them; each batch is one transaction. */
export async function* recomputeBots(
  db: Kysely<Database>,
  question: RecomputeQuestion,
): AsyncGenerator<RecomputedBatch> {
  let after = { created_at: question.from, tracking_token: '' };
  for (;;) {
    const rows = await loadBatch(db, question, after);
    const last = rows.at(-1);
    if (last === undefined) return;
    const changed = rows.flatMap((row) => findChange(row));
    if (!question.isDryRun) await saveVerdicts(db, rows, changed);
    yield { judged: rows.length, changed: changed.filter(isOtherVerdict) };
    after = last;
  }
}

async function loadBatch(
  db: Kysely<Database>,
  { workspaceId, from, to }: RecomputeQuestion,
  after: { readonly created_at: Date; readonly tracking_token: string },
): Promise<readonly JudgedRow[]> {
  const { rows } = await sql<JudgedRow>`
    select c.*, ${countAlike} as alike from clicks c
    where c.created_at >= ${from} and c.created_at < ${to}
      and (c.created_at, c.tracking_token) > (${after.created_at}, ${after.tracking_token})
      and (${workspaceId}::uuid is null or c.workspace_id = ${workspaceId}::uuid)
    order by c.created_at, c.tracking_token limit ${sql.lit(BATCH)}`.execute(db);
  return rows;
}

type Change = ChangedVerdict & { readonly isOther: boolean };

const isOtherVerdict = ({ isOther }: Change): boolean => isOther;

function findChange(row: JudgedRow): Change[] {
  const click = readClickRow(row);
  // Where the address is gone, what was seen of it then holds.
  const canBe = click.clientIp === null ? row.bot_reasons.includes('burst') : canBurst(click.clientIp);
  const verdict = judgeVisitor({
    userAgent: click.clientUserAgent,
    hints: click.clientHints,
    acceptLanguage: click.acceptLanguage,
    isSecure: click.eventSourceUrl.startsWith('https:'),
    isDatacenter: click.isDatacenter,
    isBurst: row.alike > MOST_CLICKS_A_MINUTE && canBe,
  });
  const before = [row.is_bot_detected, row.bot_class, [...row.bot_reasons].sort()];
  const after = [verdict.isBot, verdict.botClass, [...verdict.reasons].sort()];
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const isOther = verdict.isBot !== row.is_bot_detected;
  return [{ trackingToken: row.tracking_token, wasBot: row.is_bot_detected, verdict, isOther }];
}

async function saveVerdicts(
  db: Kysely<Database>,
  rows: readonly JudgedRow[],
  changes: readonly Change[],
): Promise<void> {
  if (changes.length === 0) return;
  const values = changes.map(({ trackingToken, verdict }) => ({
    tracking_token: trackingToken,
    is_bot: verdict.isBot,
    reasons: verdict.reasons,
    class: verdict.botClass,
  }));
  await sql`
    update clicks c set is_bot_detected = r.is_bot, bot_reasons = r.reasons, bot_class = r.class
    from json_to_recordset(${JSON.stringify(values)}::json) as r(tracking_token text, is_bot boolean,
      reasons text[], class text)
    where c.tracking_token = r.tracking_token
      and c.created_at between ${rows[0]?.created_at} and ${rows.at(-1)?.created_at}`.execute(db);
}
