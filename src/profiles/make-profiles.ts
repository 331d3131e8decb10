import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { buildProfile, type Profile } from './build-profile.ts';
import { findProfileFacts } from './find-facts.ts';
import { findProfileRules } from './profile-rules.ts';

/** A profile and whose it is. */
export interface MadeProfile {
  readonly botUserId: string;
  readonly workspaceId: string;
  readonly profile: Profile;
  readonly generatedAt: Date;
}

/** Makes and stores the profiles of these bot users, of what is known now; again changes nothing but the time. */
export async function makeProfiles(
  db: Kysely<Database>,
  botUserIds: readonly string[],
): Promise<readonly MadeProfile[]> {
  const facts = await findProfileFacts(db, botUserIds);
  const rules = await findProfileRules(db, [...new Set(facts.map((one) => one.workspaceId))]);
  const made = facts.flatMap((one) => {
    const own = rules.get(one.workspaceId);
    if (!own) return [];
    const { botUserId, workspaceId, readAt: generatedAt } = one;
    const profile = buildProfile(one, own);
    return [{ botUserId, workspaceId, profile, rules: own.fingerprint, generatedAt }];
  });
  await saveProfiles(db, made);
  return made;
}

async function saveProfiles(
  db: Kysely<Database>,
  made: readonly (MadeProfile & { readonly rules: string })[],
): Promise<void> {
  if (made.length === 0) return;
  // In one order, so that two makers never wait for each other in a ring.
  const sorted = [...made].sort((a, b) => (a.botUserId < b.botUserId ? -1 : 1));
  await db
    .insertInto('user_profiles')
    .values(sorted.map(buildRow))
    .onConflict((conflict) =>
      conflict
        .column('bot_user_id')
        .doUpdateSet((set) => ({
          profile: set.ref('excluded.profile'),
          bot_score: set.ref('excluded.bot_score'),
          fraud_score: set.ref('excluded.fraud_score'),
          is_suspicious: set.ref('excluded.is_suspicious'),
          reasons: set.ref('excluded.reasons'),
          rules: set.ref('excluded.rules'),
          generated_at: set.ref('excluded.generated_at'),
        }))
        // A slower maker has read older facts.
        .whereRef('user_profiles.generated_at', '<=', 'excluded.generated_at'),
    )
    .execute();
}

function buildRow({
  botUserId,
  workspaceId,
  profile,
  rules,
  generatedAt,
}: MadeProfile & { readonly rules: string }) {
  const { quality } = profile;
  return {
    bot_user_id: botUserId,
    workspace_id: workspaceId,
    profile: JSON.stringify(profile),
    bot_score: quality.bot_score,
    fraud_score: quality.fraud_score,
    is_suspicious: quality.is_suspicious,
    reasons: JSON.stringify(quality.reasons),
    rules,
    generated_at: generatedAt,
  };
}

/**
 * Makes due the people of the same address and minute whose own profile does not tell of the burst yet: the sixth
 * one changes what is to be thought of the first five.
 */
export async function markBurstDue(db: Kysely<Database>, made: readonly MadeProfile[]): Promise<void> {
  const ids = made
    .filter(({ profile }) => profile.quality.reasons.bot.some(({ rule }) => rule === 'bot_ip_burst'))
    .map(({ botUserId }) => botUserId);
  if (ids.length === 0) return;
  await sql`
    select mark_profile_due(id) from (
      select distinct o.id from bot_users u
      join bot_users o on o.ip_hash = u.ip_hash and o.workspace_id = u.workspace_id
        and o.first_interaction between u.first_interaction - interval '1 minute'
          and u.first_interaction + interval '1 minute'
      join user_profiles p on p.bot_user_id = o.id
      where u.id = any(${ids}::uuid[]) and not p.reasons->'bot' @> '[{"rule": "bot_ip_burst"}]'
      order by o.id
    ) neighbours`.execute(db);
}
