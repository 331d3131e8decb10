/**
 * Ad reviewers and link previews that name themselves. They get the page that people get, uncounted: nothing about
 * what they see depends on this list but the missing token. Names from the vendors' own pages:
 * Meta https://developers.facebook.com/docs/sharing/webmasters/web-crawlers (externalhit, externalagent, externalads,
 * externalfetcher, webindexer; catalog and Facebot are older names), Google
 * https://developers.google.com/search/docs/crawling-indexing/google-special-case-crawlers (AdsBot, Mediapartners,
 * Google-Ads-*), TikTok, LinkedIn, X, Snapchat, Pinterest, Microsoft Advertising (adidxbot), Telegram, Slack, Discord.
 */
const CRAWLER =
  /facebookexternalhit|facebookcatalog|Facebot|meta-external|meta-webindexer|AdsBot-Google|Googlebot|Mediapartners-Google|Google-Ads|Google-InspectionTool|TikTokSpider|Bytespider|LinkedInBot|Twitterbot|TelegramBot|Snap URL Preview|SnapchatAds|Pinterestbot|adidxbot|bingbot|BingPreview|Slackbot|Discordbot|SkypeUriPreview|Applebot/;

// Anywhere else the name is WhatsApp's own browser, with a person in front of it.
const WHATSAPP_PREVIEW = /^WhatsApp\/\d/;

/** Whether the user agent names a known ad reviewer or link preview. Cut it first: the time grows with its length. */
export function isKnownCrawler(userAgent: string): boolean {
  return CRAWLER.test(userAgent) || WHATSAPP_PREVIEW.test(userAgent);
}
