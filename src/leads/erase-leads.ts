import { sql, type Transaction } from 'kysely';
import type { Erasure } from '../domain/erasure.ts';
import type { Database } from '../io/database.gen.ts';

/** Takes the person out of its leads: that there was one, from which campaign and what became of it stays. */
export async function eraseLeads(
  tx: Transaction<Database>,
  { rows, sessions, at }: Erasure,
): Promise<Record<string, number>> {
  for (const [sessionId, pseudonym] of sessions) {
    await tx
      .updateTable('leads')
      .set({ session_id: pseudonym })
      .where('session_id', '=', sessionId)
      .where('workspace_id', '=', rows.workspaceId)
      .execute();
  }
  const ids = [...rows.leadIds];
  if (ids.length === 0) return {};
  const leads = await tx
    .updateTable('leads')
    .set({ ...NOTHING, consent_ads: 'denied', anonymised_at: at })
    .where('lead_id', 'in', ids)
    .executeTakeFirst();
  const stages = await tx
    .updateTable('lead_stages')
    .set({ reason: null })
    .where('lead_id', 'in', ids)
    .where('reason', 'is not', null)
    .executeTakeFirst();
  const offline = await sql`
    update offline_conversions set gclid = null, gbraid = null, wbraid = null, fbclid = null, ttclid = null,
      li_fat_id = null
    where lead_id = any(${ids}::uuid[])`.execute(tx);
  return {
    leads: Number(leads.numUpdatedRows),
    lead_stages: Number(stages.numUpdatedRows),
    offline_conversions: Number(offline.numAffectedRows ?? 0n),
  };
}

const NOTHING = {
  ...{ external_id: null, name: null, email: null, hashed_email: null, phone: null, hashed_phone: null },
  ...{ company: null, message: null, email_domain: null, extensions: '{}', metadata: '{}', problems: '[]' },
  ...{ client_ip: null, ip_hash: null, user_agent: null, geo_country: null, is_datacenter: null },
} as const;
