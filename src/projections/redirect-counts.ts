import { sql, type Transaction } from 'kysely';
import type { Click } from '../domain/click.ts';
import type { Database } from '../io/database.gen.ts';

interface Count {
  readonly pool_id: string;
  readonly bot_id: string;
  readonly workspace_id: string;
  redirects: number;
}

/** Counts newly stored clicks for their pools and bots. */
export async function addRedirects(db: Transaction<Database>, clicks: readonly Click[]): Promise<void> {
  if (clicks.length === 0) return;
  const counts = new Map<string, Count>();
  for (const { poolId, botId, workspaceId } of clicks) {
    const key = `${poolId} ${botId}`;
    const count = counts.get(key) ?? {
      pool_id: poolId,
      bot_id: botId,
      workspace_id: workspaceId,
      redirects: 0,
    };
    count.redirects += 1;
    counts.set(key, count);
  }
  // In one order everywhere, so that two machines' drains never wait for each other in a circle.
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
  await sql`
    insert into redirect_counts (pool_id, bot_id, workspace_id, total_redirects)
    select pool_id, bot_id, workspace_id, redirects
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(pool_id uuid, bot_id uuid, workspace_id uuid,
      redirects bigint)
    on conflict (pool_id, bot_id) do update
      set total_redirects = redirect_counts.total_redirects + excluded.total_redirects`.execute(db);
}
