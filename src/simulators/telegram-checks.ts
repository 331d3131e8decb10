import { buildPlainHtml, readTelegramHtml } from './telegram-html.ts';
import { type CallParams, textParam } from './telegram-params.ts';
import type { ApiError, ChatMessage, SimulatedButton } from './telegram-types.ts';

/** Words of a message that passed Telegram's rules, or its refusal. */
export type CheckedText =
  | { readonly kind: 'text'; readonly text: string; readonly html: string }
  | { readonly kind: 'refused'; readonly error: ApiError };

/** Buttons that passed Telegram's rules, or its refusal. */
export type CheckedButtons =
  | { readonly kind: 'buttons'; readonly buttons: ChatMessage['buttons'] }
  | { readonly kind: 'refused'; readonly error: ApiError };

const MAX_TEXT = 4096;
const MAX_CAPTION = 1024;
const MAX_DATA_BYTES = 64;
const MAX_COPIED = 256;
const MAX_BUTTONS = 100;

const bad = (description: string): { kind: 'refused'; error: ApiError } => ({
  kind: 'refused',
  error: { code: 400, description: `Bad Request: ${description}` },
});

/** Checks `text` (1 to 4,096 characters after its markup) or `caption` (up to 1,024). */
export function checkText(params: CallParams, field: 'text' | 'caption'): CheckedText {
  const source = textParam(params, field);
  const mode = textParam(params, 'parse_mode').toLowerCase();
  const words =
    mode === 'html'
      ? readTelegramHtml(source)
      : ({ kind: 'read', text: source, html: buildPlainHtml(source) } as const);
  if (words.kind === 'malformed') {
    return { kind: 'refused', error: { code: 400, description: words.description } };
  }
  const length = [...words.text.trim()].length;
  if (field === 'text' && length === 0) return bad('message text is empty');
  if (field === 'text' && length > MAX_TEXT) return bad('message is too long');
  if (field === 'caption' && length > MAX_CAPTION) return bad('message caption is too long');
  return { kind: 'text', text: words.text, html: words.html };
}

/** Checks `reply_markup`; only inline keyboards are understood here. */
export function checkButtons(params: CallParams): CheckedButtons {
  const markup = params.values.reply_markup;
  if (markup === undefined || markup === null) return { kind: 'buttons', buttons: [] };
  const rows: unknown =
    typeof markup === 'object' && 'inline_keyboard' in markup ? markup.inline_keyboard : null;
  if (!Array.isArray(rows) || !rows.every((row) => Array.isArray(row))) {
    return bad("can't parse inline keyboard button: InlineKeyboardButton must be an Object");
  }
  if (rows.flat().length > MAX_BUTTONS) return bad('reply markup is too long');
  const buttons: SimulatedButton[][] = [];
  for (const row of rows as unknown[][]) {
    const shown: SimulatedButton[] = [];
    for (const given of row) {
      const button = checkButton(given);
      if ('code' in button) return { kind: 'refused', error: button };
      shown.push(button);
    }
    buttons.push(shown);
  }
  return { kind: 'buttons', buttons };
}

function checkButton(given: unknown): SimulatedButton | ApiError {
  if (typeof given !== 'object' || given === null) return bad('InlineKeyboardButton must be an Object').error;
  const { text, callback_data: data, url, copy_text: copy } = given as Readonly<Record<string, unknown>>;
  if (typeof text !== 'string' || text.trim() === '') return bad('BUTTON_TEXT_EMPTY').error;
  if (typeof data === 'string') return checkCallback(text, data);
  if (typeof url === 'string') return checkLink(text, url);
  if (typeof copy === 'object' && copy !== null && 'text' in copy) return checkCopy(text, copy.text);
  return bad('Text buttons are unallowed in the inline keyboard').error;
}

function checkCallback(text: string, data: string): SimulatedButton | ApiError {
  const bytes = Buffer.byteLength(data);
  return bytes < 1 || bytes > MAX_DATA_BYTES
    ? bad('BUTTON_DATA_INVALID').error
    : { kind: 'callback', text, data };
}

/** Telegram opens only addresses that every phone can reach: names with a dot, `tg:` links. */
function checkLink(text: string, url: string): SimulatedButton | ApiError {
  const link = URL.parse(url.includes('://') ? url : `http://${url}`);
  const isWeb = link !== null && ['http:', 'https:'].includes(link.protocol) && link.hostname.includes('.');
  if (isWeb || link?.protocol === 'tg:') return { kind: 'url', text, url };
  return bad(`inline keyboard button URL '${url}' is invalid: Wrong HTTP URL`).error;
}

function checkCopy(text: string, copied: unknown): SimulatedButton | ApiError {
  const length = typeof copied === 'string' ? [...copied].length : 0;
  return typeof copied !== 'string' || length < 1 || length > MAX_COPIED
    ? bad('BUTTON_COPY_TEXT_INVALID').error
    : { kind: 'copy', text, copied };
}

/** Buttons in the form in which the Bot API gives a message back. */
export function buildMarkup(buttons: ChatMessage['buttons']): object {
  if (buttons.length === 0) return {};
  return { reply_markup: { inline_keyboard: buttons.map((row) => row.map(buildButton)) } };
}

function buildButton(button: SimulatedButton): object {
  switch (button.kind) {
    case 'callback':
      return { text: button.text, callback_data: button.data };
    case 'copy':
      return { text: button.text, copy_text: { text: button.copied } };
    case 'url':
      return { text: button.text, url: button.url };
  }
}
