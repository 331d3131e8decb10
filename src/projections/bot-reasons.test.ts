import { expect, test } from 'vitest';
import { findBotReasons } from './bot-reasons.ts';

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
