import { type Kysely, sql, type Transaction } from 'kysely';
import type { Click } from '../domain/click.ts';
import type { Database } from '../io/database.gen.ts';

/** Opens the Meta session of each new click. */
export async function insertMetaSessions(db: Transaction<Database>, clicks: readonly Click[]): Promise<void> {
  if (clicks.length === 0) return;
  const rows = clicks.map((click) => ({
    tracking_token: click.trackingToken,
    workspace_id: click.workspaceId,
    root_event_id: click.pageviewEventId,
    fbclid: click.fbclid,
    fbc: click.fbc,
    fbp: click.fbp,
    at: click.createdAt,
  }));
  await sql`
    insert into meta_tracking_sessions (tracking_token, workspace_id, root_event_id, fbclid, fbc, fbp,
      user_external_id, created_at, updated_at)
    select tracking_token, workspace_id, root_event_id, fbclid, fbc, fbp, tracking_token, at, at
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(tracking_token text, workspace_id uuid,
      root_event_id text, fbclid text, fbc text, fbp text, at timestamptz)
    on conflict do nothing`.execute(db);
}

/** Notes that Meta has taken the PageView of these clicks; the first time stays. */
export async function recordPageviewSent(
  db: Kysely<Database>,
  sent: { readonly trackingTokens: readonly string[]; readonly at: Date },
): Promise<void> {
  if (sent.trackingTokens.length === 0) return;
  await db
    .updateTable('meta_tracking_sessions')
    .set({ pageview_sent: true, pageview_sent_at: sent.at, updated_at: sent.at })
    .where('tracking_token', 'in', sent.trackingTokens)
    .where('pageview_sent', '=', false)
    .execute();
}
