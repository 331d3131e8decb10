/** What kind of program a bot is; the words stand in `clicks.bot_class`. */
export type BotClass =
  | 'link_preview'
  | 'ad_review'
  | 'search'
  | 'ai'
  | 'monitor'
  | 'headless'
  | 'tool'
  | 'burst'
  | 'disguised'
  | 'other';

// The first that matches holds: a preview that runs in a headless browser is a preview.
const CLASSES: readonly (readonly [BotClass, RegExp])[] = [
  [
    'link_preview',
    /facebookexternalhit|meta-externalfetcher|TelegramBot|WhatsApp|Twitterbot|LinkedInBot|Slackbot|Discordbot|Skype|Pinterest|Snap URL|redditbot|vkShare|Embedly|Iframely|preview|unfurl/i,
  ],
  [
    'ad_review',
    /AdsBot|Mediapartners|Google-Ads|adidxbot|TikTokSpider|meta-externalads|facebookcatalog|SnapchatAds|adbeat|admantx|proximic|integralads|IAS[_-]|doubleverify|Grapeshot|peer39|ad[- ]?verif/i,
  ],
  [
    'ai',
    /GPTBot|ChatGPT|OAI-SearchBot|Claude|anthropic|Perplexity|meta-externalagent|CCBot|Bytespider|cohere|Amazonbot|Google-Extended|GoogleOther|\bAI\b|DeepSeek|Mistral/i,
  ],
  [
    'search',
    /Googlebot|Google-InspectionTool|bingbot|YandexBot|Baiduspider|DuckDuckBot|Applebot|Slurp|SeznamBot|Sogou|Yeti|PetalBot|search/i,
  ],
  [
    'monitor',
    /uptime|pingdom|statuscake|monitor|site24x7|newrelic|datadog|lighthouse|GTmetrix|PageSpeed|check/i,
  ],
  ['headless', /headless|phantomjs|puppeteer|playwright|selenium|electron|slimer|cypress/i],
  [
    'tool',
    /^$|curl|wget|python|aiohttp|httpx|urllib|scrapy|go-http|okhttp|axios|node|undici|got\/|java\/|libwww|lwp|php|guzzle|ruby|dart|postman|insomnia|httpie|http-?client|powershell|winhttp|rust|reqwest/i,
  ],
];

/** The kind of program that a user agent names. Cut it at 1 KiB first. */
export function findBotClass(userAgent: string): BotClass {
  return CLASSES.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? 'other';
}
