import { buildBotUser, buildMessage, type SimulatedBot } from './telegram-bot.ts';
import type { Chat } from './telegram-chats.ts';
import { checkButtons, checkText } from './telegram-checks.ts';
import { type CallParams, flagParam, numberParam, textParam } from './telegram-params.ts';
import { done, type MethodResult, type Refusal, refuse } from './telegram-types.ts';

/** One call with what carrying it out takes. */
export interface MethodCall {
  readonly bot: SimulatedBot;
  readonly params: CallParams;
  readonly now: number;
}

type Method = (call: MethodCall) => MethodResult | Promise<MethodResult>;

/** The methods by their names in lower case, as Telegram compares them. */
export const TELEGRAM_METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['getme', ({ bot }) => done(buildBotUser(bot))],
  ['setwebhook', setWebhook],
  ['deletewebhook', deleteWebhook],
  ['getwebhookinfo', getWebhookInfo],
  ['getupdates', getUpdates],
  ['sendmessage', sendMessage],
  ['sendphoto', sendPhoto],
  ['answercallbackquery', answerCallbackQuery],
  ['editmessagetext', (call) => editMessage(call, 'text')],
  ['editmessagereplymarkup', (call) => editMessage(call, 'buttons')],
]);

const SECRET = /^[\w-]{1,256}$/;
const MAX_PHOTO_BYTES = 10 * 1024 * 1024;
const MAX_NOTE = 200;
const ONE_PIXEL = Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=', 'base64');

function setWebhook({ bot, params }: MethodCall): MethodResult {
  const url = textParam(params, 'url');
  if (url === '') return deleteWebhook({ bot, params });
  const protocol = URL.parse(url)?.protocol;
  // Telegram itself takes https only; here the bots are on the same machine.
  if (protocol !== 'https:' && protocol !== 'http:')
    return refuse(400, 'Bad Request: bad webhook: invalid URL');
  const secretToken = textParam(params, 'secret_token') || null;
  if (secretToken !== null && !SECRET.test(secretToken)) {
    return refuse(400, 'Bad Request: secret token contains unallowed characters');
  }
  bot.updates.allow(readKinds(params));
  if (flagParam(params, 'drop_pending_updates')) bot.updates.dropWaiting();
  bot.updates.setWebhook({ url, secretToken });
  return { kind: 'ok', result: true };
}

function readKinds({ values }: CallParams): readonly string[] | undefined {
  const kinds = values.allowed_updates;
  return Array.isArray(kinds) ? kinds.map(String) : undefined;
}

function deleteWebhook({ bot, params }: Pick<MethodCall, 'bot' | 'params'>): MethodResult {
  if (flagParam(params, 'drop_pending_updates')) bot.updates.dropWaiting();
  bot.updates.setWebhook(null);
  return done(true);
}

function getWebhookInfo({ bot }: MethodCall): MethodResult {
  const { webhook, pending } = bot.updates;
  return done({
    url: webhook?.url ?? '',
    has_custom_certificate: false,
    pending_update_count: pending,
    ...(webhook?.lastErrorAt ? { last_error_date: Math.floor(webhook.lastErrorAt / 1000) } : {}),
    ...(webhook?.lastErrorMessage ? { last_error_message: webhook.lastErrorMessage } : {}),
  });
}

async function getUpdates({ bot, params }: MethodCall): Promise<MethodResult> {
  if (bot.updates.webhook) {
    return refuse(
      409,
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    );
  }
  bot.updates.allow(readKinds(params));
  const updates = await bot.updates.poll({
    offset: numberParam(params, 'offset', 0),
    limit: Math.min(100, Math.max(1, numberParam(params, 'limit', 100))),
    timeoutS: Math.min(50, Math.max(0, numberParam(params, 'timeout', 0))),
  });
  return updates === 'conflict'
    ? refuse(
        409,
        'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
      )
    : done(updates);
}

type FoundChat = { kind: 'chat'; chat: Chat } | Refusal;

function findChat({ bot, params }: MethodCall): FoundChat {
  const chat = bot.chats.find(numberParam(params, 'chat_id', 0));
  if (!chat) return refuse(400, 'Bad Request: chat not found');
  if (chat.isBlocked) return refuse(403, 'Forbidden: bot was blocked by the user');
  return { kind: 'chat', chat };
}

function sendMessage(call: MethodCall): MethodResult {
  return send(call, 'text', () => ({ kind: 'picture', photoId: null }));
}

function sendPhoto(call: MethodCall): MethodResult {
  return send(call, 'caption', () => takePicture(call));
}

type Picture = { kind: 'picture'; photoId: string | null } | Refusal;

function send(call: MethodCall, field: 'text' | 'caption', take: () => Picture): MethodResult {
  const found = findChat(call);
  if (found.kind === 'error') return found;
  const words = checkText(call.params, field);
  if (words.kind === 'refused') return { kind: 'error', error: words.error };
  const buttons = checkButtons(call.params);
  if (buttons.kind === 'refused') return { kind: 'error', error: buttons.error };
  const picture = take();
  if (picture.kind === 'error') return picture;
  const message = call.bot.chats.say(found.chat, {
    from: 'bot',
    at: call.now,
    text: words.text,
    html: words.html,
    photoId: picture.photoId,
    buttons: buttons.buttons,
  });
  return done(buildMessage(call.bot, found.chat, message));
}

function takePicture({ bot, params }: MethodCall): Picture {
  const given = textParam(params, 'photo');
  const attached = /^attach:\/\/(.+)$/.exec(given)?.[1] ?? 'photo';
  const bytes = params.files.get(attached);
  if (bytes) {
    if (bytes.length === 0) return refuse(400, 'Bad Request: file must be non-empty');
    if (bytes.length > MAX_PHOTO_BYTES) return refuse(413, 'Request Entity Too Large');
    return { kind: 'picture', photoId: bot.chats.keepPicture(bytes) };
  }
  if (bot.chats.picture(given)) return { kind: 'picture', photoId: given };
  // Telegram fetches it itself; nothing leaves this machine, so every address of the right form leads to one pixel.
  if (/^https?:\/\/[^\s/]+\.[^\s]+$/.test(given)) {
    return { kind: 'picture', photoId: bot.chats.keepPicture(ONE_PIXEL) };
  }
  const words =
    given === '' ? 'there is no photo in the request' : 'wrong file identifier/HTTP URL specified';
  return refuse(400, `Bad Request: ${words}`);
}

function answerCallbackQuery({ bot, params }: MethodCall): MethodResult {
  const queryId = textParam(params, 'callback_query_id');
  const text = textParam(params, 'text');
  if ([...text].length > MAX_NOTE) return refuse(400, 'Bad Request: MESSAGE_TOO_LONG');
  const chat = bot.takeQuery(queryId);
  if (!chat) {
    return refuse(400, 'Bad Request: query is too old and response timeout expired or query ID is invalid');
  }
  bot.chats.answer(chat, { queryId, text, isAlert: flagParam(params, 'show_alert') });
  return done(true);
}

function editMessage(call: MethodCall, what: 'text' | 'buttons'): MethodResult {
  const { bot, params } = call;
  const found = findChat(call);
  if (found.kind === 'error') return found;
  const messageId = numberParam(params, 'message_id', 0);
  const before = found.chat.messages.find((message) => message.id === messageId && message.from === 'bot');
  if (!before) return refuse(400, 'Bad Request: message to edit not found');
  const buttons = checkButtons(params);
  if (buttons.kind === 'refused') return { kind: 'error', error: buttons.error };
  const words = what === 'text' ? checkText(params, 'text') : ({ kind: 'text', ...before } as const);
  if (words.kind === 'refused') return { kind: 'error', error: words.error };
  const { text, html } = words;
  if (html === before.html && JSON.stringify(buttons.buttons) === JSON.stringify(before.buttons)) {
    return refuse(400, 'Bad Request: message is not modified');
  }
  const after = bot.chats.edit(found.chat, messageId, { text, html, buttons: buttons.buttons });
  return after
    ? done(buildMessage(bot, found.chat, after))
    : refuse(400, 'Bad Request: message to edit not found');
}
