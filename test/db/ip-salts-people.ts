import { saveBotUser, saveClickOnBotUser } from '../../src/bot/save-bot-user.ts';
import { runDueProfiles } from '../../src/profiles/due-profiles.ts';
import { findClick } from '../../src/projections/find-clicks.ts';
import { saveBot } from '../../src/settings/bots.ts';
import type { DrainWorld } from './drain-world.ts';
import { tools } from './leads-world.ts';

const BOT = { name: 'Loja', token: '1:a', telegramBotId: '1', username: 'loja_bot' } as const;
let people = 0;

/** Somebody presses a folded click's link, in a bot and a workspace made for it. Returns the bot user's id. */
export async function startInBot({ db, workspaceId }: DrainWorld, token: string): Promise<string> {
  people += 1;
  await db
    .insertInto('workspaces')
    .values({ workspace_id: workspaceId, name: `Salts ${people}` })
    .execute();
  const bot = await saveBot(db, tools.vault, { ...BOT, workspaceId, delivery: 'webhook' });
  const click = await findClick(db, token);
  if (click === null) throw new Error('The click was not folded.');
  const names = { username: null, firstName: 'Ana', lastName: null, languageCode: null };
  const person = { userId: 77_000 + people, chatId: 77_000 + people, ...names };
  const at = new Date(click.createdAt.getTime() + 10_000);
  const user = await saveBotUser(db, tools.vault, { workspaceId, botId: bot.bot_id, person, at });
  await saveClickOnBotUser(db, user, { click, matchedBy: 'token' });
  return user.id;
}

/** Makes every profile that is due. */
export async function makeDueProfiles({ db }: DrainWorld): Promise<void> {
  while ((await runDueProfiles(db)) > 0);
}

/** The bot score in the profile that is stored. */
export async function botScoreOf({ db }: DrainWorld, botUserId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('user_profiles')
    .select('bot_score')
    .where('bot_user_id', '=', botUserId)
    .executeTakeFirst();
  return row?.bot_score;
}
