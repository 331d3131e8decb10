import type { Kysely } from 'kysely';
import { isTrackingToken } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import { buildQuote, buildWhy, type Hop } from './trace-hop.ts';
import type { Story } from './trace-story.ts';

const OUTCOMES: Readonly<Record<string, string>> = {
  matched_token: 'Joined to the click by the token in the start link.',
  matched_fbclid: 'Joined to the newest click with the fbclid of the start link.',
  matched_known_fbclid:
    'The start link named no click; joined by the fbclid that this person had brought before.',
  unknown_token: 'Not joined: the start link’s token belongs to no click that was ever captured.',
  foreign_token: 'Not joined: the start link’s token is not of this workspace.',
  unknown_fbclid: 'Not joined: no click with the start link’s fbclid was captured.',
  unknown_payload: 'Not joined: the start link carries something that is neither a token nor an fbclid.',
  no_payload:
    'Not joined: a bare /start, without anything from a link. The person found the bot by itself or typed the command.',
};

/** The /starts of a story and why each did or did not find its click. */
export async function listStartHops(db: Kysely<Database>, story: Story): Promise<Hop[]> {
  const rows = await selectStarts(db, story);
  return rows.map((row) => ({
    at: row.started_at,
    kind: 'start',
    id: row.update_id,
    matched_by: row.matched_by,
    why: buildWhy(
      `Telegram user ${row.telegram_user_id} pressed Start in @${row.username}.`,
      OUTCOMES[row.outcome] ?? `Outcome: ${row.outcome}.`,
      buildLinkSentence(row.payload),
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

function buildLinkSentence(payload: string | null): string | null {
  return payload === null || isTrackingToken(payload) ? null : `The link carried ${buildQuote(payload)}.`;
}
