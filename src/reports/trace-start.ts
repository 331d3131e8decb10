import type { Kysely } from 'kysely';
import { isTrackingToken } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import { buildQuote, buildWhy, type Hop } from './trace-hop.ts';
import type { Story } from './trace-story.ts';
import { type HopTexts, wordOf } from './trace-words/hop-texts.ts';

/** The /starts of a story and why each did or did not find its click. */
export async function listStartHops(db: Kysely<Database>, story: Story, texts: HopTexts): Promise<Hop[]> {
  const { bot } = texts;
  const rows = await selectStarts(db, story);
  return rows.map((row) => ({
    at: row.started_at,
    kind: 'start',
    id: row.update_id,
    matched_by: row.matched_by,
    why: buildWhy(
      bot.started(row.telegram_user_id, row.username),
      Object.hasOwn(bot.outcomes, row.outcome)
        ? wordOf(bot.outcomes, row.outcome)
        : bot.otherOutcome(row.outcome),
      row.payload === null || isTrackingToken(row.payload) ? null : bot.payload(buildQuote(row.payload)),
    ),
    receipt: null,
  }));
}

// A token that belongs to no click has no person either: the starts that carried it are the only trace of it.
async function selectStarts(db: Kysely<Database>, story: Story) {
  const { workspaceId, botUserIds, tokens, ref, kind } = story;
  const starts = db
    .selectFrom('bot_starts')
    .innerJoin('bot_users', 'bot_users.id', 'bot_starts.bot_user_id')
    .innerJoin('bots', 'bots.bot_id', 'bot_users.bot_id')
    .select([
      'bot_starts.update_id',
      'bot_starts.payload',
      'bot_starts.matched_by',
      'bot_starts.outcome',
      'bot_starts.started_at',
      'bot_users.telegram_user_id',
      'bots.username',
    ])
    .where('bot_starts.workspace_id', '=', workspaceId)
    .orderBy('bot_starts.started_at', 'desc')
    .limit(200);
  if (kind === 'click') {
    return starts
      .where((where) => where.or([where('bot_starts.tracking_token', '=', ref), where('payload', '=', ref)]))
      .execute();
  }
  if (botUserIds.length === 0) return [];
  const ofPeople = starts.where('bot_starts.bot_user_id', 'in', botUserIds);
  if (kind !== 'fbclid') return ofPeople.execute();
  return tokens.length === 0 ? [] : ofPeople.where('bot_starts.tracking_token', 'in', tokens).execute();
}
