import { type Kysely, sql } from 'kysely';
import { countFullestMinute } from '../domain/bot-score.ts';
import { readLocalTime } from '../domain/local-time.ts';
import type { Database } from '../io/database.gen.ts';
import { buildRisk, type Risk } from './build-risk.ts';
import { findLeadRiskFacts, type LeadRiskFacts } from './find-lead-facts.ts';
import { findProfileRules, type ProfileRules } from './profile-rules.ts';

interface MadeRisk {
  readonly facts: LeadRiskFacts;
  readonly risk: Risk;
  readonly rules: string;
}

/** Works out and stores the scores of these leads, of what is known now, and makes due whom they tell something of. */
export async function makeLeadProfiles(db: Kysely<Database>, leadIds: readonly string[]): Promise<void> {
  const facts = await findLeadRiskFacts(db, leadIds);
  const rules = await findProfileRules(db, [...new Set(facts.map((one) => one.workspaceId))]);
  const made = facts.flatMap((one) => {
    const own = rules.get(one.workspaceId);
    return own ? [{ facts: one, risk: buildLeadRisk(one, own), rules: own.fingerprint }] : [];
  });
  await saveRisks(db, made);
  await markLeadBurstDue(db, made);
  await removeOrphans(db, leadIds, facts);
}

/** A lead that somebody removed with SQL would be found outdated for ever. */
async function removeOrphans(
  db: Kysely<Database>,
  leadIds: readonly string[],
  facts: readonly LeadRiskFacts[],
): Promise<void> {
  const found = new Set(facts.map((one) => one.leadId));
  const gone = leadIds.filter((id) => !found.has(id));
  if (gone.length > 0) await db.deleteFrom('lead_profiles').where('lead_id', 'in', gone).execute();
}

function buildLeadRisk(facts: LeadRiskFacts, rules: ProfileRules): Risk {
  const { isBot, isDatacenter, country, hasClickId, accessAt } = facts;
  return buildRisk(
    {
      isBot,
      isDatacenter,
      country,
      hasClickId,
      usersInMinute: countFullestMinute(facts.createdAt.getTime(), facts.neighbours),
      clickToStartSeconds: facts.seconds,
      hour: accessAt === null ? null : readLocalTime(accessAt, rules.timezone).hour,
    },
    rules,
  );
}

async function saveRisks(db: Kysely<Database>, made: readonly MadeRisk[]): Promise<void> {
  if (made.length === 0) return;
  const rows = made.map(({ facts, risk, rules }) => ({
    lead_id: facts.leadId,
    workspace_id: facts.workspaceId,
    bot_score: risk.bot_score,
    fraud_score: risk.fraud_score,
    is_suspicious: risk.is_suspicious,
    reasons: JSON.stringify(risk.reasons),
    rules,
    generated_at: facts.readAt,
  }));
  // In one order, so that two makers never wait for each other in a ring.
  rows.sort((a, b) => (a.lead_id < b.lead_id ? -1 : 1));
  await db
    .insertInto('lead_profiles')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .column('lead_id')
        .doUpdateSet((set) => ({
          bot_score: set.ref('excluded.bot_score'),
          fraud_score: set.ref('excluded.fraud_score'),
          is_suspicious: set.ref('excluded.is_suspicious'),
          reasons: set.ref('excluded.reasons'),
          rules: set.ref('excluded.rules'),
          generated_at: set.ref('excluded.generated_at'),
        }))
        // A slower maker has read older facts.
        .whereRef('lead_profiles.generated_at', '<=', 'excluded.generated_at'),
    )
    .execute();
}

/** The sixth lead of a burst changes what is to be thought of the first five. */
async function markLeadBurstDue(db: Kysely<Database>, made: readonly MadeRisk[]): Promise<void> {
  const ids = made
    .filter(({ risk }) => risk.reasons.bot.some(({ rule }) => rule === 'bot_ip_burst'))
    .map(({ facts }) => facts.leadId);
  if (ids.length === 0) return;
  await sql`
    select mark_lead_profile_due(lead_id) from (
      select distinct o.lead_id from leads l
      join leads o on o.ip_hash = l.ip_hash and o.workspace_id = l.workspace_id
        and o.created_at between l.created_at - interval '1 minute' and l.created_at + interval '1 minute'
      join lead_profiles p on p.lead_id = o.lead_id
      where l.lead_id = any(${ids}::uuid[]) and not p.reasons->'bot' @> '[{"rule": "bot_ip_burst"}]'
      order by o.lead_id
    ) neighbours`.execute(db);
}
