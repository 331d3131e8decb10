import type { InlineKeyboardButton } from 'grammy/types';
import { buildBuyButton } from '../bot/messages.ts';
import { wishButtonData } from '../bot/read-update.ts';
import { type BotLanguage, botTexts } from '../bot/texts.ts';
import type { Product } from '../settings/types.ts';
import type { BroadcastContent } from './content.ts';
import { buildText, readTemplateText, type VariableValues } from './template-text.ts';

/** Whom a message is for, and through which bot it goes. */
export interface MessageContext {
  readonly language: BotLanguage;
  readonly values: VariableValues;
  /** Active products of the bot. */
  readonly products: readonly Product[];
  /** What the unsubscribe button names: the broadcast, or the template of a test. */
  readonly sourceId: string;
}

/** A message as Telegram takes it. */
export interface BroadcastMessage {
  readonly html: string;
  readonly pictureUrl: string | null;
  readonly keyboard: InlineKeyboardButton[][];
}

/** Builds the message of one person; the last button always takes the person out of the next broadcasts. */
export function buildMessage(content: BroadcastContent, context: MessageContext): BroadcastMessage {
  const { language, values, products, sourceId } = context;
  const text = readTemplateText(choose(content.texts, language));
  // What was checked when it was saved can only be broken by hand, in the table.
  if (text.kind === 'malformed') throw new Error(`a broadcast’s text is malformed: ${text.why}`);
  const rows = content.buttons.flatMap((button): InlineKeyboardButton[][] => {
    if (button.kind === 'url') return [[{ text: choose(button.text, language), url: button.url }]];
    const product = products.find((one) => one.productId === button.product_id);
    if (!product) return [];
    const buy = buildBuyButton(product, language);
    return [[{ text: buy.text, callback_data: buy.data }]];
  });
  const out = { text: botTexts[language].optOutButton, callback_data: wishButtonData(false, sourceId) };
  return { html: buildText(text, values), pictureUrl: content.picture_url, keyboard: [...rows, [out]] };
}

/** The words of the person's language, or the other one's. */
function choose(words: BroadcastContent['texts'], language: BotLanguage): string {
  const other = language === 'pt' ? 'en' : 'pt';
  return words[language] ?? words[other] ?? '';
}
