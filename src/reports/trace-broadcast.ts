import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { buildQuote, buildWhy, type Hop } from './trace-hop.ts';
import type { Story } from './trace-story.ts';
import { type HopTexts, wordOf } from './trace-words/hop-texts.ts';
import { beginSentence, endSentence } from './trace-words/sentences.ts';
import { findOwnReason } from './trace-words/tell-reason.ts';

const MOST = 50;

/** The broadcasts that the people of a story got, or did not get. */
export async function listBroadcastHops(db: Kysely<Database>, story: Story, texts: HopTexts): Promise<Hop[]> {
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
    const { bot } = texts;
    const why = buildWhy(
      bot.broadcast(buildQuote(row.name), row.username),
      wordOf(bot.states, row.state),
      row.reason === null ? null : bot.reason(wordOf(bot.reasons, row.reason)),
      row.detail === null ? null : buildDetail(row.detail, texts),
    );
    return at === null
      ? []
      : [{ at, kind: 'broadcast' as const, id: row.broadcast_id, matched_by: null, why, receipt: null }];
  });
}

/** What Telegram said, or what we say where it said nothing. */
function buildDetail(detail: string, { language, bot }: HopTexts): string {
  const own = findOwnReason(detail, language);
  return own === null ? bot.telegram(buildQuote(detail)) : endSentence(beginSentence(own));
}
