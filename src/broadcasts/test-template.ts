import type { Kysely } from 'kysely';
import type { BotAccess } from '../bot/bot-access.ts';
import { isOptedOut } from '../bot/opt-outs.ts';
import { openName } from '../bot/save-bot-user.ts';
import { createTelegramApi } from '../bot/telegram-api.ts';
import { chooseLanguage } from '../bot/texts.ts';
import type { Database } from '../io/database.gen.ts';
import { readContent } from './broadcast-row.ts';
import { buildMessage } from './build-message.ts';
import { callTelegram } from './call-telegram.ts';
import type { TemplateRow } from './templates.ts';

/** What a test came to; `refused` with the reason in a sentence. */
export type TemplateTest =
  | { readonly kind: 'sent'; readonly messageId: number }
  | { readonly kind: 'refused'; readonly why: string };

/** Sends a template to one person who has started the bot, now; it counts for no broadcast. */
export async function testTemplate(
  tools: BotAccess & { readonly db: Kysely<Database> },
  template: TemplateRow,
  to: { readonly botId: string; readonly telegramUserId: string },
): Promise<TemplateTest> {
  const { botId, telegramUserId } = to;
  const access = tools.accessOf(botId);
  const bot = tools.registry.bot(botId);
  if (!access || bot?.workspaceId !== template.workspace_id) return refuse('There is no such active bot.');
  const person = await tools.db
    .selectFrom('bot_users')
    .select(['chat_id', 'language_code', 'first_name', 'last_name', 'username', 'geo_city', 'geo_state'])
    .select(['is_blocked', isOptedOut(bot.workspaceId, telegramUserId).as('is_opted_out')])
    .where('bot_id', '=', botId)
    .where('telegram_user_id', '=', telegramUserId)
    .executeTakeFirst();
  if (!person) return refuse('This person has not started the bot: send it /start from that account first.');
  if (person.is_blocked) return refuse('This person has stopped the bot.');
  if (person.is_opted_out)
    return refuse('This person wants no broadcasts; /receber in the bot changes that.');
  const message = buildMessage(readContent(template.content), {
    language: chooseLanguage(person.language_code),
    products: tools.registry.productsOf(botId),
    sourceId: template.template_id,
    values: {
      first_name: openName(tools.vault, person.first_name),
      last_name: openName(tools.vault, person.last_name),
      username: openName(tools.vault, person.username),
      city: person.geo_city,
      state: person.geo_state,
      bot: `@${bot.username}`,
    },
  });
  const call = { chatId: person.chat_id, message, fileId: undefined };
  const end = await callTelegram(createTelegramApi(access), call);
  return end.kind === 'sent' ? { kind: 'sent', messageId: end.messageId } : refuse(`Telegram: ${end.detail}`);
}

const refuse = (why: string): TemplateTest => ({ kind: 'refused', why });
