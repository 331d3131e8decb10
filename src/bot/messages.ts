import { buildMoneyText } from '../domain/money.ts';
import type { Product } from '../settings/types.ts';
import type { OpenCharge } from './checkout.ts';
import type { ButtonRow, CallbackButton, OwedText } from './owe-message.ts';
import { buyButtonData, paidButtonData } from './read-update.ts';
import { type BotLanguage, botTexts, escapeTelegramHtml, localeOf } from './texts.ts';

/** Telegram's limit for the text of a copy button. */
const MAX_COPIED = 256;
/** Telegram's limit for a message. */
const MAX_TEXT = 4000;

/** The welcome: the owner's words, or ours, with a button for each product. */
export function buildWelcome(
  welcomeMessage: string,
  products: readonly Product[],
  language: BotLanguage,
): OwedText {
  const texts = botTexts[language];
  const greeting = escapeTelegramHtml(welcomeMessage.slice(0, MAX_TEXT)) || texts.welcome;
  const last = products.length > 0 ? texts.chooseProduct : texts.nothingToSell;
  return {
    html: `${greeting}\n\n${last}`,
    buttons: products.map((product) => [buildBuyButton(product, language)]),
    qrOf: null,
  };
}

/** The button that buys a product, with its name and price. */
export function buildBuyButton(product: Product, language: BotLanguage): CallbackButton {
  const price = buildMoneyText(product.price, localeOf(language));
  const text = botTexts[language].buy(product.name, price).slice(0, 128);
  return { kind: 'callback', text, data: buyButtonData(product.productId) };
}

/** The answer to who wants no broadcasts, or wants them again. */
export const buildWishAnswer = (wants: boolean, language: BotLanguage): OwedText =>
  buildPlainMessage(wants ? botTexts[language].optedIn : botTexts[language].optedOut);

/** The picture of the PIX code, then the code itself to copy, with the "I have paid" button. */
export function buildChargeMessages(
  charge: OpenCharge,
  language: BotLanguage,
  now: Date,
): readonly OwedText[] {
  const texts = botTexts[language];
  const price = escapeTelegramHtml(buildMoneyText(charge.price, localeOf(language)));
  const minutes = Math.max(1, Math.round((charge.expiresAt.getTime() - now.getTime()) / 60_000));
  const sandbox =
    charge.sandboxUrl === null ? '' : `\n\n${texts.sandbox(escapeTelegramHtml(charge.sandboxUrl))}`;
  const scan = texts.scan(escapeTelegramHtml(charge.productName), price, minutes);
  return [
    { html: scan + sandbox, buttons: [], qrOf: charge.copyPaste },
    {
      html: `${texts.copyCode}\n\n<code>${escapeTelegramHtml(charge.copyPaste)}</code>`,
      buttons: buildPayRows(charge, language),
      qrOf: null,
    },
  ];
}

function buildPayRows(charge: OpenCharge, language: BotLanguage): readonly ButtonRow[] {
  const texts = botTexts[language];
  const paid: ButtonRow = [
    { kind: 'callback', text: texts.paidButton, data: paidButtonData(charge.paymentId) },
  ];
  // Older apps have no copy button, and longer codes do not fit it: the <code> above is for them.
  if (charge.copyPaste.length > MAX_COPIED) return [paid];
  return [[{ kind: 'copy', text: texts.copyButton, copied: charge.copyPaste }], paid];
}

/** The message with the link to what was bought. */
export function buildDeliveryMessage(
  sale: { readonly productName: string; readonly deliveryUrl: string },
  language: BotLanguage,
): OwedText {
  const html = botTexts[language].delivered(
    escapeTelegramHtml(sale.productName),
    escapeTelegramHtml(sale.deliveryUrl),
  );
  return { html, buttons: [], qrOf: null };
}

/** The message that a code can no longer be paid. */
export function buildExpiredMessage(productName: string, language: BotLanguage): OwedText {
  return { html: botTexts[language].expired(escapeTelegramHtml(productName)), buttons: [], qrOf: null };
}

/** A message of words only. */
export const buildPlainMessage = (html: string): OwedText => ({ html, buttons: [], qrOf: null });
