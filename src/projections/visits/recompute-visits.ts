import { type Kysely, type Selectable, sql } from 'kysely';
import type { Database, Sessions } from '../../io/database.gen.ts';
import { joinLeads } from '../../leads/join-leads.ts';
import { canBurst, MOST_CLICKS_A_MINUTE } from '../bot-bursts.ts';
import type { RecomputeQuestion } from '../recompute-bots.ts';
import { recordSet } from './record-set.ts';
import { buildEvidence, judgeSession, readEvidence, type VisitVerdict } from './visit-evidence.ts';

/** What one batch of visits came to. */
export interface RecomputedVisits {
  readonly judged: number;
  readonly nowBots: number;
  readonly noLongerBots: number;
}

type JudgedSession = Pick<
  Selectable<Sessions>,
  'session_id' | 'started_at' | 'is_bot_detected' | 'bot_reasons' | 'bot_class' | 'bot_evidence'
> & {
  readonly alike: number;
  readonly has_touch: boolean;
  readonly ip: string | null;
  readonly agent: string | null;
};

interface ChangedSession {
  readonly sessionId: string;
  readonly wasBot: boolean;
  readonly verdict: VisitVerdict;
}

const BATCH = 1000;

/** Judges stored visits by today's rules, a batch at a time, from what was stored of them; each batch is one transaction. */
export async function* recomputeVisits(
  db: Kysely<Database>,
  question: RecomputeQuestion,
): AsyncGenerator<RecomputedVisits> {
  let after = { started_at: question.from, session_id: '' };
  for (;;) {
    const rows = await loadBatch(db, question, after);
    const last = rows.at(-1);
    if (last === undefined) return;
    const changed = rows.flatMap(findChange);
    if (!question.isDryRun) await saveVerdicts(db, changed);
    const others = changed.filter(({ wasBot, verdict }) => wasBot !== verdict.isBot);
    const nowBots = others.filter(({ verdict }) => verdict.isBot).length;
    yield { judged: rows.length, nowBots, noLongerBots: others.length - nowBots };
    after = last;
  }
}

async function loadBatch(
  db: Kysely<Database>,
  { workspaceId, from, to }: RecomputeQuestion,
  after: { readonly started_at: Date; readonly session_id: string },
): Promise<readonly JudgedSession[]> {
  const { rows } = await sql<JudgedSession>`
    select s.session_id, s.started_at, s.is_bot_detected, s.bot_reasons, s.bot_class, s.bot_evidence,
      t.session_id is not null as has_touch, host(t.client_ip) as ip, t.user_agent as agent, (
        select count(*)::int from (
          select from sessions o where o.visitor_id = s.visitor_id
            and o.started_at >= date_trunc('minute', s.started_at)
            and o.started_at < date_trunc('minute', s.started_at) + interval '1 minute'
          limit ${sql.lit(MOST_CLICKS_A_MINUTE + 1)}) as counted) as alike
    from sessions s left join lateral (
      select session_id, client_ip, user_agent from utm_tracking t
      where t.session_id = s.session_id and t.workspace_id = s.workspace_id order by created_at limit 1) t on true
    where s.started_at >= ${from} and s.started_at < ${to}
      and (s.started_at, s.session_id) > (${after.started_at}, ${after.session_id})
      and (${workspaceId}::uuid is null or s.workspace_id = ${workspaceId}::uuid)
    order by s.started_at, s.session_id limit ${sql.lit(BATCH)}`.execute(db);
  return rows;
}

function findChange(row: JudgedSession): ChangedSession[] {
  const { session_id: sessionId, is_bot_detected: wasBot } = row;
  const evidence = readEvidenceOf(row);
  // Of an erased person nothing is left to judge by.
  if (evidence.length === 0) return [];
  const wasBurst = row.bot_reasons.includes('burst');
  // Where the address is gone, what was seen of it then holds.
  const canBe = row.ip === null ? wasBurst : canBurst(row.ip);
  const isBurst = canBe && row.alike > MOST_CLICKS_A_MINUTE;
  const verdict = judgeSession({ evidence, isBurst, isBot: false });
  const before = [wasBot, row.bot_class, [...row.bot_reasons].sort()];
  const after = [verdict.isBot, verdict.botClass, [...verdict.reasons].sort()];
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ sessionId, wasBot, verdict }];
}

/** Visits of before their evidence was kept are judged by the browser that their first touch names. */
function readEvidenceOf(row: JudgedSession): readonly string[] {
  const evidence = readEvidence(row.bot_evidence);
  if (evidence.length > 0 || !row.has_touch || row.agent === null) return evidence;
  return [buildEvidence({ isSpam: false }, { userAgent: row.agent, isDatacenter: null })];
}

const VERDICTS = { session_id: 'text', is_bot: 'boolean', reasons: 'text[]', class: 'text' } as const;

async function saveVerdicts(db: Kysely<Database>, changes: readonly ChangedSession[]): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ sessionId, verdict }) => ({
    session_id: sessionId,
    is_bot: verdict.isBot,
    reasons: verdict.reasons,
    class: verdict.botClass,
  }));
  await db.transaction().execute(async (tx) => {
    await sql`
      update sessions s set is_bot_detected = r.is_bot, bot_reasons = r.reasons, bot_class = r.class
      from ${recordSet(VERDICTS, rows)} where s.session_id = r.session_id`.execute(tx);
    // A lead's score asks whether its visit was a program's.
    await joinLeads(
      tx,
      rows.map((row) => row.session_id),
    );
  });
}
