import { describe, expect, test } from 'vitest';
import { type BotEvidence, findBotReasons, judgeVisitor } from './bot-reasons.ts';

const IN_APP =
  'Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0 Mobile Safari/537.36';

test.each([
  [
    'Chrome',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  ],
  [
    'Safari',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  ],
  ['Facebook', `${IN_APP} [FB_IAB/FB4A;FBAV/490.0.0.63.82;]`],
  ['Instagram', `${IN_APP} Instagram 350.0.0.0 Android (34/14; 480dpi; 1080x2115; samsung)`],
  ['TikTok', `${IN_APP} trill_370103 BytedanceWebview/d8a21c6`],
  ['Telegram', `${IN_APP} Telegram-Android/11.2.3 (Samsung SM-S911B; Android 14; SDK 34; HIGH)`],
])('%s is a person’s', (_name, userAgent) => expect(findBotReasons(userAgent)).toEqual([]));

test.each([
  ['no_user_agent', null],
  ['no_user_agent', '  '],
  ['short_user_agent', 'Mozilla/5.0'],
  ['declared_bot', 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)'],
  ['declared_bot', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'],
  [
    'declared_bot',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0 Safari/537.36',
  ],
  ['declared_bot', 'python-requests/2.32.3'],
  ['user_agent_shape', 'Dart/3.4 (dart:io)'],
  ['user_agent_shape', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'],
  ['declared_bot', `${IN_APP} Instagram 350.0 (compatible; evilbot/1.0)`],
])('%s: %s', (reason, userAgent) => expect(findBotReasons(userAgent)).toEqual([reason]));

describe('signs beside the user agent', () => {
  const CHROME =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
  const BRANDS = '"Google Chrome";v="141", "Not?A_Brand";v="8", "Chromium";v="141"';
  const person: BotEvidence = {
    ...{ userAgent: CHROME, hints: { 'sec-ch-ua': BRANDS, 'sec-fetch-mode': 'navigate' } },
    ...{ acceptLanguage: 'pt-BR', isSecure: true, isDatacenter: false, isBurst: false },
  };
  const judge = (changes: Partial<BotEvidence> = {}) => judgeVisitor({ ...person, ...changes });

  test('a person is a person, with a proxy, without a language, or over http', () => {
    expect(judge()).toEqual({ isBot: false, reasons: [], botClass: null });
    expect(judge({ isDatacenter: true }).isBot).toBe(false);
    expect(judge({ acceptLanguage: null }).isBot).toBe(false);
    expect(judge({ hints: {}, isSecure: false, isDatacenter: null }).isBot).toBe(false);
  });

  test('two soft signs are a program in disguise', () =>
    expect(judge({ acceptLanguage: null, isDatacenter: true })).toEqual({
      ...{ isBot: true, reasons: ['no_accept_language', 'datacenter'], botClass: 'disguised' },
    }));

  test('a Chrome over https that sends none of its headers is a program', () =>
    expect(judge({ hints: {}, acceptLanguage: null }).reasons).toEqual([
      'no_accept_language',
      'no_fetch_metadata',
    ]));

  test('hints of another version than the user agent are a sign', () => {
    const hints = { ...person.hints, 'sec-ch-ua': BRANDS.replaceAll('141', '120') };
    expect(judge({ hints, isDatacenter: true }).reasons).toEqual(['datacenter', 'hints_disagree']);
  });

  test('a headless browser tells itself in its hints', () =>
    expect(judge({ hints: { ...person.hints, 'sec-ch-ua': '"HeadlessChrome";v="141"' } })).toMatchObject({
      ...{ isBot: true, reasons: ['headless_hint'], botClass: 'headless' },
    }));

  test.each([
    ['facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)', 'link_preview'],
    ['AdsBot-Google (+http://www.google.com/adsbot.html)', 'ad_review'],
    ['Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)', 'ai'],
    ['Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', 'search'],
    ['Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)', 'monitor'],
    ['python-requests/2.32.3', 'tool'],
    ['', 'tool'],
  ])('%s is of the class %s', (userAgent, botClass) =>
    expect(judge({ userAgent })).toMatchObject({ isBot: true, botClass }),
  );
});
