import { type Kysely, sql } from 'kysely';
import type { Click } from '../domain/click.ts';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';
import type { TelegramPerson } from './read-update.ts';
import type { MatchedBy } from './resolve-start.ts';

/** Context of the sealed names in `bot_users`. */
const PERSON_CONTEXT = 'bot_users.person';

/** A name as the person gave it; null where there is none, or no more. */
export const openName = (vault: Vault, sealed: Buffer | null): string | null =>
  sealed === null ? null : vault.open(sealed, PERSON_CONTEXT);

/** A person as the bots know them, after an update. */
export interface SavedBotUser {
  readonly id: string;
  readonly clickTimestamp: Date | null;
}

/** Makes or refreshes the bot user and locks the row until the transaction ends. */
export async function saveBotUser(
  db: Kysely<Database>,
  vault: Vault,
  seen: {
    readonly workspaceId: string;
    readonly botId: string;
    readonly person: TelegramPerson;
    readonly at: Date;
  },
): Promise<SavedBotUser> {
  const { person, at } = seen;
  const sealName = (name: string | null) => (name === null ? null : vault.seal(name, PERSON_CONTEXT));
  const details = {
    chat_id: String(person.chatId),
    username: sealName(person.username),
    first_name: sealName(person.firstName),
    last_name: sealName(person.lastName),
    language_code: person.languageCode,
    last_interaction: at,
    is_blocked: false,
    updated_at: at,
  };
  const row = await db
    .insertInto('bot_users')
    .values({
      id: buildId(),
      workspace_id: seen.workspaceId,
      bot_id: seen.botId,
      telegram_user_id: String(person.userId),
      first_interaction: at,
      ...details,
    })
    .onConflict((conflict) => conflict.columns(['bot_id', 'telegram_user_id']).doUpdateSet(details))
    .returning(['id', 'click_timestamp'])
    .executeTakeFirstOrThrow();
  return { id: row.id, clickTimestamp: row.click_timestamp };
}

/**
 * Puts a click's ids on the bot user, whole: last touch, never a mixture of two ads. Nothing changes when the person
 * already carries a newer click (an old link pressed again).
 */
export async function saveClickOnBotUser(
  db: Kysely<Database>,
  user: SavedBotUser,
  match: { readonly click: Click; readonly matchedBy: MatchedBy },
): Promise<void> {
  const { click } = match;
  if (user.clickTimestamp !== null && user.clickTimestamp > click.createdAt) return;
  await db
    .updateTable('bot_users')
    .set({
      tracking_session_id: click.trackingToken,
      matched_by: match.matchedBy,
      click_timestamp: click.createdAt,
      ...buildAdColumns(click),
      ...buildSurroundings(click),
      // What came after the click was found may have shown that it is one of a burst.
      is_bot_detected: sql<boolean>`coalesce((select c.is_bot_detected from clicks c
        where c.tracking_token = ${click.trackingToken}), ${click.isBotDetected}::boolean)`,
    })
    .where('id', '=', user.id)
    .execute();
}

function buildAdColumns(click: Click) {
  return {
    fbclid: click.fbclid,
    gclid: click.gclid,
    gbraid: click.gbraid,
    wbraid: click.wbraid,
    ttclid: click.ttclid,
    li_fat_id: click.liFatId,
    fbp: click.fbp,
    fbc: click.fbc,
    utm_source: click.utmSource,
    utm_medium: click.utmMedium,
    utm_campaign: click.utmCampaign,
    utm_id: click.utmId,
    utm_term: click.utmTerm,
    utm_content: click.utmContent,
  };
}

function buildSurroundings(click: Click) {
  return {
    ip_address: click.clientIp,
    ip_hash: click.ipHash,
    user_agent: click.clientUserAgent,
    geo_city: click.geoCity,
    geo_state: click.geoState,
    geo_country: click.geoCountry,
    device_type: click.deviceType,
    browser_name: click.browserName,
    os_name: click.osName,
    is_mobile: click.isMobile,
    is_bot_detected: click.isBotDetected,
  };
}

/** Records one /start, for the trace; the same update again changes nothing. */
export async function saveStart(
  db: Kysely<Database>,
  start: {
    readonly botUserId: string;
    readonly workspaceId: string;
    readonly updateId: number;
    readonly payload: string | null;
    readonly trackingToken: string | null;
    readonly matchedBy: MatchedBy | null;
    readonly outcome: string;
    readonly at: Date;
  },
): Promise<void> {
  await db
    .insertInto('bot_starts')
    .values({
      bot_user_id: start.botUserId,
      workspace_id: start.workspaceId,
      update_id: String(start.updateId),
      payload: start.payload,
      tracking_token: start.trackingToken,
      matched_by: start.matchedBy,
      outcome: start.outcome,
      started_at: start.at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .updateTable('bot_users')
    .set({ last_start_at: start.at, last_start_payload: start.payload, last_start_outcome: start.outcome })
    .where('id', '=', start.botUserId)
    .execute();
}

/** Remembers that the person stopped the bot, or took it up again. */
export async function saveBlocked(
  db: Kysely<Database>,
  block: { readonly botId: string; readonly userId: number | string; readonly isBlocked: boolean },
): Promise<void> {
  await db
    .updateTable('bot_users')
    .set({ is_blocked: block.isBlocked, updated_at: sql<Date>`now()` })
    .where('bot_id', '=', block.botId)
    .where('telegram_user_id', '=', String(block.userId))
    .execute();
}
