import { sql, type Transaction } from 'kysely';
import type { Erasure } from '../domain/erasure.ts';
import type { Database } from '../io/database.gen.ts';
import { recordSet } from './visits/record-set.ts';

const TOKENS = { old_token: 'text', new_token: 'text' } as const;

/** Takes the person out of its clicks; campaign, country, device and time stay for the sums. Returns how many rows. */
export async function eraseClicks(
  tx: Transaction<Database>,
  { tokens, at }: Erasure,
): Promise<Record<string, number>> {
  if (tokens.size === 0) return {};
  const pairs = [...tokens].map(([old_token, new_token]) => ({ old_token, new_token }));
  const clicks = await sql`
    update clicks as c set tracking_token = r.new_token, pageview_event_id = 'evt_' || r.new_token,
      fbclid = null, fbclid_hash = null, gclid = null, gbraid = null, wbraid = null, ttclid = null, li_fat_id = null,
      msclkid = null, kwai_click_id = null, fbp = null, fbp_origin = null, fbc = null, fbc_origin = null, fbi = null,
      src = null, sck = null, grim = null, url_params = '{}', client_ip = null, ip_hash = null,
      client_user_agent = null, client_hints = '{}', accept_language = null, referrer = null,
      event_source_url = substring(event_source_url from '^[^?#]*'), consent = 'denied', consent_at = ${at},
      geo_city = null, geo_latitude = null, geo_longitude = null, asn = null
    from ${recordSet(TOKENS, pairs)} where c.tracking_token = r.old_token`.execute(tx);
  const sessions = await sql`
    update meta_tracking_sessions as s set tracking_token = r.new_token, root_event_id = 'evt_' || r.new_token,
      fbclid = null, fbc = null, fbp = null, user_external_id = null, updated_at = ${at}
    from ${recordSet(TOKENS, pairs)} where s.tracking_token = r.old_token`.execute(tx);
  const early = await tx
    .deleteFrom('early_facts')
    .where('tracking_token', 'in', [...tokens.keys()])
    .executeTakeFirst();
  return {
    clicks: Number(clicks.numAffectedRows ?? 0n),
    meta_tracking_sessions: Number(sessions.numAffectedRows ?? 0n),
    early_facts: Number(early.numDeletedRows),
  };
}
