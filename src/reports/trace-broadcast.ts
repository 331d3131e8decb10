import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { buildQuote, buildWhy, type Hop } from './trace-hop.ts';
import type { Story } from './trace-story.ts';

const RESULTS: Readonly<Record<string, string>> = {
  sent: 'Sent.',
  unknown: 'Telegram was called and its answer is not known: the person may have it.',
  failed: 'Not sent.',
  skipped: 'Left out.',
};
const MOST = 50;

/** The broadcasts that the people of a story got, or did not get. */
export async function listBroadcastHops(db: Kysely<Database>, story: Story): Promise<Hop[]> {
  if (story.botUserIds.length === 0) return [];
  const rows = await db
    .selectFrom('broadcast_recipients as r')
    .innerJoin('broadcasts as b', 'b.broadcast_id', 'r.broadcast_id')
    .innerJoin('bots as o', 'o.bot_id', 'r.bot_id')
    .select(['r.broadcast_id', 'r.state', 'r.reason', 'r.detail', 'r.settled_at', 'b.name', 'o.username'])
    .where('r.workspace_id', '=', story.workspaceId)
    .where('r.bot_user_id', 'in', [...story.botUserIds])
    .where('r.settled_at', 'is not', null)
    .orderBy('r.settled_at', 'desc')
    .limit(MOST)
    .execute();
  return rows.flatMap(({ settled_at: at, ...row }) => {
    const reason = row.reason === null ? null : `Why: ${row.reason}.`;
    const why = buildWhy(
      `Broadcast ${buildQuote(row.name)} in @${row.username}.`,
      RESULTS[row.state] ?? null,
      reason,
      row.detail === null ? null : `Telegram: ${buildQuote(row.detail)}.`,
    );
    return at === null
      ? []
      : [{ at, kind: 'broadcast' as const, id: row.broadcast_id, matched_by: null, why, receipt: null }];
  });
}
