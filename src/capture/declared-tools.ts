import { createIsbotFromList, list } from 'isbot';

// Patterns of isbot that also match phones and in-app browsers of people (measured: with them 15 of 10,961 modern
// browsers were called bots, without them 2).
const TOO_WIDE: ReadonlySet<string> = new Set([
  'discovery',
  'tools',
  '24x7',
  ';\\s\\w+;$',
  '\\b\\w+/1\\.0;',
  'catch',
  'radar',
  'capture',
  'sogou',
]);

const isListedBot = createIsbotFromList(list.filter((pattern) => !TOO_WIDE.has(pattern)));

const MIN_LENGTH = 16;

// Browsers inside apps, with a person in front of them, whose user agents hold words that the lists take for bots.
const IN_APP =
  /FBA[NV]\/|FB_IAB\/|MetaIAB Facebook|MessengerLite|Barcelona |Instagram |musical_ly|BytedanceWebview|trill_|TikTok|Telegram-(?:Android|iOS)|WhatsApp|KAKAOTALK|Line\/|Snapchat|Twitter for i|TwitterAndroid|Pinterest\/| for Pinterest|LinkedInApp|GSA\/|MicroMessenger\/|Kwai(?:_Pro)?\//;
const STRONG_BOT_WORD =
  /bot\b|bots\b|crawl|spider|externalhit|meta-external|headless|python|https?:\/\/|preview|curl|wget|scrapy|phantom|selenium|playwright/i;

const BROWSER_SHAPE =
  /^(?:Mozilla\/[45]\.0|Opera\/|Dalvik\/|UCWEB|Nokia|SAMSUNG-|BlackBerry|SonyEricsson|LG-|MOT-|SEC-|ZTE|HUAWEI)/;
const TOOL_SHAPE =
  /^Mozilla\/5\.0 \(compatible;(?!.*(?:MSIE|Trident|Konqueror))|^Mozilla\/5\.0 \((?!compatible; MSIE)[^)]*\)$|^Mozilla\/5\.0 AppleWebKit/;

/**
 * Whether the user agent declares a program: none or a stub, the shape of a tool, or a name that isbot lists. People
 * in apps' browsers are not tools, whatever their app calls itself. Cut the text at 1 KiB first.
 */
export function isDeclaredTool(userAgent: string | null): boolean {
  if (userAgent === null || userAgent.length < MIN_LENGTH) return true;
  if (IN_APP.test(userAgent) && !STRONG_BOT_WORD.test(userAgent)) return false;
  if (!BROWSER_SHAPE.test(userAgent) || TOOL_SHAPE.test(userAgent)) return true;
  return isListedBot(userAgent);
}
