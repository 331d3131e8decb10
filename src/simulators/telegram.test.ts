import { setTimeout as wait } from 'node:timers/promises';
import { Api, GrammyError, InputFile } from 'grammy';
import { afterEach, describe, expect, test } from 'vitest';
import { TelegramSimulator } from './telegram.ts';
import { readTelegramHtml } from './telegram-html.ts';
import { type ListeningTelegram, listenTelegram } from './telegram-server.ts';
import { SERVER_FAULT, tooManyRequests } from './telegram-types.ts';
import type { PushWebhook } from './telegram-updates.ts';

const TOKEN = '7000000001:AAsimulated-token';
const ANA = { id: 501, firstName: 'Ana', languageCode: 'pt-br' };
const BIA = { id: 502, firstName: 'Bia' };
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(push: PushWebhook = async () => null) {
  const telegram = new TelegramSimulator({ now: () => Date.now(), push, retryMs: 20 });
  telegram.addBot({ token: TOKEN, username: 'loja_bot', name: 'Loja' });
  const server: ListeningTelegram = await listenTelegram(telegram);
  open.push(server);
  return { telegram, api: new Api(TOKEN, { apiRoot: server.url }), url: server.url };
}

const refusalOf = async (call: Promise<unknown>): Promise<GrammyError> => {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof GrammyError) return error;
  throw new Error('Telegram did not refuse', { cause: error });
};

describe('calls of the real client', () => {
  test('getMe tells who the bot is, and an unknown token is 401', async () => {
    const { api, url } = await start();
    expect(await api.getMe()).toMatchObject({ id: 7000000001, username: 'loja_bot', is_bot: true });
    const stranger = new Api('7000000002:other', { apiRoot: url });
    expect((await refusalOf(stranger.getMe())).error_code).toBe(401);
    expect((await refusalOf(new Api('nonsense', { apiRoot: url }).getMe())).error_code).toBe(404);
  });

  test('a message, a picture and their edits reach the chat', async () => {
    const { telegram, api } = await start();
    telegram.pressStart('loja_bot', 'abc', ANA);
    const sent = await api.sendMessage(
      ANA.id,
      'Oi <b>Ana</b> &amp; <a href="https://x.y/?a=1&amp;b=2">aqui</a>',
      {
        parse_mode: 'HTML',
        reply_markup: { inline_keyboard: [[{ text: 'Copiar', copy_text: { text: 'pix' } }]] },
      },
    );
    const picture = new InputFile(Buffer.from('png-bytes'), 'pix.png');
    const photo = await api.sendPhoto(ANA.id, picture, { caption: '<i>QR</i>', parse_mode: 'HTML' });
    await api.editMessageReplyMarkup(ANA.id, sent.message_id);
    const [, first, second] = telegram.messagesOf('loja_bot', ANA.id);
    expect(first).toMatchObject({ from: 'bot', text: 'Oi Ana & aqui', buttons: [] });
    expect(first?.html).toBe(
      'Oi <b>Ana</b> &amp; <a href="https://x.y/?a=1&amp;b=2" target="_blank" rel="noopener">aqui</a>',
    );
    expect(second).toMatchObject({ text: 'QR', id: photo.message_id });
    expect(telegram.pictureOf('loja_bot', second?.photoId ?? '')?.toString()).toBe('png-bytes');
    const again = await api.sendPhoto(ANA.id, photo.photo[0]?.file_id ?? '');
    expect(again.photo[0]?.file_id).toBe(photo.photo[0]?.file_id);
  });

  test.each([
    ['an unknown chat', 999, 'oi', {}, 'chat not found'],
    ['an empty text', ANA.id, ' ', {}, 'message text is empty'],
    ['a text of 4,097 characters', ANA.id, 'x'.repeat(4097), {}, 'message is too long'],
    ['an unclosed tag', ANA.id, '<b>oi', { parse_mode: 'HTML' }, "can't parse entities"],
    ['a button of 65 bytes', ANA.id, 'oi', button({ callback_data: 'é'.repeat(33) }), 'BUTTON_DATA_INVALID'],
    ['a copy of 257 characters', ANA.id, 'oi', button({ copy_text: { text: 'x'.repeat(257) } }), 'COPY_TEXT'],
    ['a link to this machine', ANA.id, 'oi', button({ url: 'http://localhost:1/x' }), 'Wrong HTTP URL'],
  ])('%s is refused', async (...[, chatId, text, other, words]) => {
    const { telegram, api } = await start();
    telegram.pressStart('loja_bot', null, ANA);
    const error = await refusalOf(api.sendMessage(chatId, text, other as object));
    expect(error.error_code).toBe(400);
    expect(error.description).toContain(words);
    expect(telegram.messagesOf('loja_bot', ANA.id)).toHaveLength(1);
  });

  test('who stopped the bot gets nothing more', async () => {
    const { telegram, api } = await start();
    telegram.pressStart('loja_bot', null, ANA);
    telegram.setBlocked('loja_bot', ANA, true);
    expect((await refusalOf(api.sendMessage(ANA.id, 'oi'))).error_code).toBe(403);
  });

  test('scripted faults come once each, for their method', async () => {
    const { telegram, api } = await start();
    telegram.pressStart('loja_bot', null, ANA);
    telegram.behave('sendMessage', tooManyRequests(3), SERVER_FAULT, { kind: 'lost' });
    await api.getMe();
    expect((await refusalOf(api.sendMessage(ANA.id, '1'))).parameters.retry_after).toBe(3);
    expect((await refusalOf(api.sendMessage(ANA.id, '2'))).error_code).toBe(500);
    await expect(api.sendMessage(ANA.id, '3')).rejects.toThrow(/Network request/);
    await api.sendMessage(ANA.id, '4');
    expect(telegram.messagesOf('loja_bot', ANA.id).map((one) => one.text)).toEqual(['/start', '3', '4']);
  });
});

function button(what: object): object {
  return { reply_markup: { inline_keyboard: [[{ text: 'x', ...what }]] } };
}

describe('updates', () => {
  test('a press reaches the bot and its answer the person', async () => {
    const { telegram, api } = await start();
    telegram.pressStart('loja_bot', 'tok', ANA);
    await api.sendMessage(ANA.id, 'Escolha', button({ callback_data: 'buy:1' }));
    expect(telegram.press('loja_bot', 'gone', ANA)).toBeNull();
    const queryId = telegram.press('loja_bot', 'buy:1', ANA);
    const updates = await api.getUpdates({ timeout: 0 });
    expect(updates[0]?.message?.text).toBe('/start tok');
    expect(updates[1]?.callback_query).toMatchObject({ id: queryId, data: 'buy:1', from: { id: ANA.id } });
    await api.answerCallbackQuery(queryId ?? '', { text: 'Gerando…' });
    expect(telegram.pressAnswersOf('loja_bot', ANA.id)).toEqual([
      { queryId, text: 'Gerando…', isAlert: false },
    ]);
    expect((await refusalOf(api.answerCallbackQuery(queryId ?? ''))).description).toContain(
      'query is too old',
    );
    expect(await api.getUpdates({ offset: (updates[1]?.update_id ?? 0) + 1, timeout: 0 })).toEqual([]);
  });

  test('a waiting poll ends with the first update, and not at all beside a webhook', async () => {
    const { telegram, api } = await start();
    const asked = api.getUpdates({ timeout: 30 });
    await wait(50);
    telegram.write('loja_bot', 'oi', ANA);
    expect(await asked).toHaveLength(1);
    await api.setWebhook('http://127.0.0.1:1/hook');
    expect((await refusalOf(api.getUpdates())).error_code).toBe(409);
    await api.deleteWebhook();
    expect(await api.getUpdates({ timeout: 0 })).toHaveLength(1);
  });

  test('the webhook gets the secret, a failing update again, and the next of its chat only then', async () => {
    const seen: string[] = [];
    let failures = 2;
    const { telegram, api } = await start(async (_url, headers, body) => {
      const { message } = JSON.parse(body) as { message: { text: string } };
      seen.push(`${headers['x-telegram-bot-api-secret-token']} ${message.text}`);
      const isFailing = message.text === 'um' && failures > 0;
      if (isFailing) failures -= 1;
      return { status: isFailing ? 500 : 200, retryAfterSeconds: null };
    });
    await api.setWebhook('http://127.0.0.1:1/hook', { secret_token: 's3cret' });
    telegram.write('loja_bot', 'um', ANA);
    telegram.write('loja_bot', 'dois', ANA);
    telegram.write('loja_bot', 'outra', BIA);
    await expect.poll(async () => (await api.getWebhookInfo()).pending_update_count).toBe(0);
    expect(seen.filter((one) => !one.endsWith('outra'))).toEqual([
      's3cret um',
      's3cret um',
      's3cret um',
      's3cret dois',
    ]);
    expect(seen.indexOf('s3cret outra')).toBeLessThan(seen.indexOf('s3cret dois'));
    expect(await telegram.updatesOf('loja_bot').replay()).toEqual([200, 200, 200]);
  });

  test('what was held back can come in another order', async () => {
    const seen: string[] = [];
    const { telegram, api } = await start(async (_url, _headers, body) => {
      seen.push((JSON.parse(body) as { message: { text: string } }).message.text);
      return { status: 200, retryAfterSeconds: null };
    });
    await api.setWebhook('http://127.0.0.1:1/hook');
    telegram.updatesOf('loja_bot').hold();
    telegram.write('loja_bot', 'um', ANA);
    telegram.write('loja_bot', 'dois', ANA);
    await telegram.updatesOf('loja_bot').release('reversed');
    expect(seen).toEqual(['dois', 'um']);
  });
});

describe('markup', () => {
  test.each([
    ['<script>alert(1)</script>', 'Unsupported start tag "script"'],
    ['a < b', 'Unsupported start tag ""'],
    ['<b><i>x</b></i>', 'Unmatched end tag'],
    ['</b>', 'Unexpected end tag'],
  ])('%s is refused', (source, words) => {
    const read = readTelegramHtml(source);
    expect(read.kind === 'malformed' && read.description).toContain(words);
  });

  test.each([
    ['&lt;img src=x&gt;', '&lt;img src=x&gt;', '<img src=x>'],
    ['<a href="javascript:alert(1)">x</a>', '<a>x</a>', 'x'],
    [
      "<a href='https://a.b/\"onclick=x'>y</a>",
      '<a href="https://a.b/%22onclick=x" target="_blank" rel="noopener">y</a>',
      'y',
    ],
    ['1 & 2 " 3', '1 &amp; 2 &quot; 3', '1 & 2 " 3'],
    ['<b onclick="x()">n</b>', '<b>n</b>', 'n'],
  ])('%s becomes harmless', (source, html, text) => {
    expect(readTelegramHtml(source)).toEqual({ kind: 'read', html, text });
  });
});
