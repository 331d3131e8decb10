import { expect, test } from 'vitest';
import { measureCpuMs } from '../../../test/support/cpu-time.ts';
import { readDevice } from './read-user-agent.ts';
import { openUserAgents } from './user-agents.ts';

const CHROME = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0';
const REDUCED = `Mozilla/5.0 (Linux; Android 10; K) ${CHROME} Mobile Safari/537.36`;
const WINDOWS = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36`;
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const phone = { isMobile: true, isTablet: false, isPc: false };
const computer = { deviceType: 'PC', isMobile: false, isTablet: false, isPc: true };

const read = (userAgent: string, hints: Record<string, string> = {}) => readDevice({ userAgent, hints });

test.each([
  [`${IPHONE} Version/18.6 Mobile/15E148 Safari/604.1`, { osVersion: '18.6', browserName: 'Safari' }],
  // Since iOS 26 the system's number stands still at 18.6 or 18.7, and only Safari's own moves.
  [`${IPHONE} Version/26.1 Mobile/15E148 Safari/604.1`, { osVersion: '26.1', browserVersion: '26.1' }],
  [`${IPHONE} CriOS/141.0.7390.96 Mobile/15E148 Safari/604.1`, { osVersion: '18.6', browserName: 'Chrome' }],
])('%s', (userAgent, expected) =>
  expect(read(userAgent)).toMatchObject({ deviceType: 'iPhone', osName: 'iOS', ...phone, ...expected }),
);

test.each([
  [WINDOWS, { osName: 'Windows', osVersion: '10', browserName: 'Chrome' }],
  [`${WINDOWS} Edg/141.0.0.0`, { browserName: 'Edge' }],
  [`Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0`, { osName: 'Linux' }],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${CHROME} Safari/537.36`, { osName: 'ChromeOS' }],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
    { osName: 'macOS', browserName: 'Safari' },
  ],
])('%s is a computer', (userAgent, expected) =>
  expect(read(userAgent)).toMatchObject({ ...computer, ...expected }),
);

test('a phone that hides its model is an Android, and hints tell the model, the version and the browser', () => {
  expect(read(REDUCED)).toMatchObject({ deviceType: 'Android', osVersion: '10', ...phone });
  const hints = {
    'sec-ch-ua': '"Chromium";v="141", "Brave";v="141", "Not?A_Brand";v="8"',
    'sec-ch-ua-mobile': '?1',
    'sec-ch-ua-platform': '"Android"',
    'sec-ch-ua-platform-version': '"15.0.0"',
    'sec-ch-ua-model': '"SM-S911B"',
  };
  expect(read(REDUCED, hints)).toMatchObject({
    ...{ deviceType: 'Samsung SM-S911B', osName: 'Android', osVersion: '15' },
    ...{ browserName: 'Brave', browserVersion: '141', ...phone },
  });
});

test.each([
  ['"13.0.0"', '11'],
  ['"10.0.0"', '10'],
  ['"nonsense"', '10'],
])('Windows platform version %s is Windows %s', (version, osVersion) => {
  const hints = { 'sec-ch-ua-platform': '"Windows"', 'sec-ch-ua-platform-version': version };
  expect(read(WINDOWS, hints).osVersion).toBe(osVersion);
});

test('a phone that asks for the desktop’s page is a phone', () => {
  const userAgent = `Mozilla/5.0 (X11; Linux x86_64) ${CHROME} Safari/537.36`;
  const hints = { 'sec-ch-ua-platform': '"Android"', 'sec-ch-ua-mobile': '?1' };
  expect(read(userAgent, hints)).toMatchObject({ osName: 'Android', deviceType: 'Android', ...phone });
});

test('an app that hides in the user agent is known by its package', () => {
  const hints = { 'x-requested-with': 'org.telegram.messenger' };
  expect(
    read(`Mozilla/5.0 (Linux; Android 14; SM-A546E; wv) ${CHROME} Mobile Safari/537.36`, hints),
  ).toMatchObject({
    ...{ inApp: 'telegram', browserName: 'Telegram', deviceType: 'Samsung SM-A546E' },
  });
});

test('Telegram’s phone stands behind its name, and is no tablet', () => {
  const userAgent = `Mozilla/5.0 (Linux; Android 14; K) ${CHROME} Safari/537.36 Telegram-Android/12.1.1 (Samsung SM-S911B; Android 14; SDK 34; HIGH)`;
  expect(read(userAgent)).toMatchObject({ inApp: 'telegram', deviceType: 'Samsung SM-S911B', ...phone });
});

test('no user agent is nothing, not a computer', () => {
  for (const userAgent of [null, '', '   '])
    expect(readDevice({ userAgent, hints: {} })).toMatchObject({ deviceType: null, isPc: null, inApp: null });
});

test('no text of 8 KB takes more than 15 ms', () => {
  const userAgents = openUserAgents();
  const heads = [
    '',
    'Mozilla/5.0 (',
    'Mozilla/5.0 (Linux; Android 14; ',
    'Telegram-Android/1 (',
    `${IPHONE} `,
  ];
  const pumps = [
    '(',
    ')',
    ';',
    ' ',
    'a',
    '1.',
    '_',
    'Version/',
    'FBAN/',
    'SM-',
    'iPhone OS 1_',
    '\u0000',
    'é',
    '(a)',
  ];
  for (const head of heads) {
    for (const pump of pumps) {
      const userAgent = (head + pump.repeat(8192)).slice(0, 8192);
      const ms = measureCpuMs((round) => {
        userAgents.device({ userAgent: `${round}${userAgent}`, hints: {} });
      });
      expect(ms).toBeLessThan(15);
    }
  }
});
