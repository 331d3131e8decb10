import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { ProfileFacts } from './build-profile.ts';

/** What profiles of these bot users are made of; those that are gone are left out. */
export async function findProfileFacts(
  db: Kysely<Database>,
  botUserIds: readonly string[],
): Promise<readonly ProfileFacts[]> {
  if (botUserIds.length === 0) return [];
  const { rows } = await sql<ProfileFacts>`
    select u.id as "botUserId", u.workspace_id as "workspaceId", u.geo_city as city, u.geo_state as state,
      u.geo_country as country, u.ip_hash as "ipHash", u.device_type as "deviceType",
      u.browser_name as "browserName", u.os_name as "osName", u.is_mobile as "isMobile",
      coalesce(u.is_bot_detected, false) as "isBot",
      coalesce(u.fbclid, u.gclid, u.gbraid, u.wbraid, u.ttclid, u.li_fat_id) is not null as "hasClickId",
      u.matched_by as "matchedBy", u.click_timestamp as "clickAt", s.click_start_at as "clickStartAt",
      u.first_interaction as "firstInteraction", s.starts, p.payments, p.paid, n.neighbours,
      statement_timestamp() as "readAt"
    from bot_users u
    cross join lateral (
      select count(*)::int as starts,
        min(b.started_at) filter (where b.tracking_token = u.tracking_session_id) as click_start_at
      from bot_starts b where b.bot_user_id = u.id
    ) s
    cross join lateral (
      select count(*)::int as payments, (count(*) filter (where status = 'paid'))::int as paid
      from payments where customer_user_id = u.telegram_user_id and bot_id = u.bot_id
    ) p
    cross join lateral (
      select coalesce(array_agg(seen), '{}') as neighbours from (
        select (extract(epoch from min(o.first_interaction)) * 1000)::float8 as seen from bot_users o
        where o.ip_hash = u.ip_hash and o.workspace_id = u.workspace_id
          and o.first_interaction between u.first_interaction - interval '1 minute'
            and u.first_interaction + interval '1 minute'
        group by o.telegram_user_id
        order by abs(extract(epoch from min(o.first_interaction) - u.first_interaction))
        limit ${MOST_NEIGHBOURS}
      ) same_address
    ) n
    where u.id = any(${[...botUserIds]}::uuid[])`.execute(db);
  return rows;
}

/** A mobile carrier's exit may bring thousands: as many as any sensible threshold needs. */
const MOST_NEIGHBOURS = 200;
