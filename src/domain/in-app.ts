/** Apps whose own browser shows the page; the words stand in `clicks.in_app`. */
export type InApp =
  | 'facebook'
  | 'instagram'
  | 'messenger'
  | 'threads'
  | 'tiktok'
  | 'kwai'
  | 'telegram'
  | 'whatsapp'
  | 'snapchat'
  | 'twitter'
  | 'line'
  | 'pinterest'
  | 'linkedin'
  | 'google'
  | 'wechat'
  | 'kakaotalk';

/** An app's browser, as its user agent shows it. */
export interface InAppBrowser {
  readonly app: InApp;
  /** As people know the app. */
  readonly name: string;
  readonly version: string | null;
}

interface Token {
  readonly app: InApp;
  readonly name: string;
  readonly mark: RegExp;
  readonly version: RegExp | null;
  /** Android package names, which its web views send as X-Requested-With. */
  readonly packages: readonly string[];
}

const META_VERSION = /FB(?:AV|SV)\/([\d.]+)/;

// In this order: Messenger and Threads carry the marks of Facebook and Instagram too.
const TOKENS: readonly Token[] = [
  {
    app: 'messenger',
    name: 'Messenger',
    mark: /FBAN\/(?:Messenger|Orca|mLite)|FB_IAB\/(?:Orca|MESSENGER)|MessengerLite/,
    version: META_VERSION,
    packages: ['com.facebook.orca', 'com.facebook.mlite'],
  },
  {
    app: 'threads',
    name: 'Threads',
    mark: /\bBarcelona /,
    version: /Barcelona ([\d.]+)/,
    packages: ['com.instagram.barcelona'],
  },
  {
    app: 'instagram',
    name: 'Instagram',
    mark: /\bInstagram /,
    version: /Instagram ([\d.]+)/,
    packages: ['com.instagram.android', 'com.instagram.lite'],
  },
  {
    app: 'facebook',
    name: 'Facebook',
    mark: /FBA[NV]\/|FB_IAB\/|MetaIAB Facebook/,
    version: META_VERSION,
    packages: ['com.facebook.katana', 'com.facebook.lite'],
  },
  {
    app: 'tiktok',
    name: 'TikTok',
    mark: /\bmusical_ly|BytedanceWebview|\btrill_|TikTok/,
    version: /(?:app_version|AppVersion|TikTok|musical_ly|trill)[/_ ]([\d.]+)/,
    packages: ['com.zhiliaoapp.musically', 'com.ss.android.ugc.trill', 'com.zhiliaoapp.musically.go'],
  },
  {
    app: 'telegram',
    name: 'Telegram',
    mark: /Telegram-(?:Android|iOS)/,
    version: /Telegram-(?:Android|iOS)\/([\d.]+)/,
    packages: ['org.telegram.messenger', 'org.telegram.messenger.web', 'org.thunderdog.challegram'],
  },
  {
    app: 'whatsapp',
    name: 'WhatsApp',
    mark: /WhatsApp/,
    version: /WhatsApp\/([\d.]+)/,
    packages: ['com.whatsapp', 'com.whatsapp.w4b'],
  },
  {
    app: 'kakaotalk',
    name: 'KakaoTalk',
    mark: /KAKAOTALK/,
    version: /KAKAOTALK[/ ]([\d.]+)/,
    packages: ['com.kakao.talk'],
  },
  {
    app: 'line',
    name: 'LINE',
    mark: /\bLine\//,
    version: /Line\/([\d.]+)/,
    packages: ['jp.naver.line.android'],
  },
  {
    app: 'snapchat',
    name: 'Snapchat',
    mark: /Snapchat/,
    version: /Snapchat\/([\d.]+)/,
    packages: ['com.snapchat.android'],
  },
  {
    app: 'twitter',
    name: 'Twitter',
    mark: /Twitter for i|TwitterAndroid/,
    version: /(?:Twitter for i\w+|TwitterAndroid)\/([\d.]+)/,
    packages: ['com.twitter.android'],
  },
  {
    app: 'pinterest',
    name: 'Pinterest',
    mark: /\[?Pinterest\/| for Pinterest/,
    version: /Pinterest\/(\d[\d.]*)/,
    packages: ['com.pinterest'],
  },
  {
    app: 'linkedin',
    name: 'LinkedIn',
    mark: /LinkedInApp/,
    version: /LinkedInApp\]?\/([\d.]+)/,
    packages: ['com.linkedin.android'],
  },
  {
    app: 'google',
    name: 'Google',
    mark: /\bGSA\//,
    version: /GSA\/([\d.]+)/,
    packages: ['com.google.android.googlequicksearchbox'],
  },
  {
    app: 'wechat',
    name: 'WeChat',
    mark: /MicroMessenger\//,
    version: /MicroMessenger\/([\d.]+)/,
    packages: ['com.tencent.mm'],
  },
  {
    app: 'kwai',
    name: 'Kwai',
    mark: /\bKwai(?:_Pro|_Lite)?\//,
    version: /Kwai(?:_Pro|_Lite)?\/([\d.]+)/,
    packages: ['com.kwai.video', 'com.kwai.bulldog', 'com.kuaishou.nebula'],
  },
];

const BY_PACKAGE: ReadonlyMap<string, Token> = new Map(
  TOKENS.flatMap((token) => token.packages.map((name) => [name, token])),
);

/**
 * The app in whose browser a page is shown, by the user agent or the package that Android's web views name; null for a
 * browser of its own. Cut the text at 1 KiB first.
 */
export function findInApp(userAgent: string, requestedWith: string | undefined): InAppBrowser | null {
  const token =
    TOKENS.find(({ mark }) => mark.test(userAgent)) ??
    (requestedWith === undefined ? undefined : BY_PACKAGE.get(requestedWith));
  if (token === undefined) return null;
  const version = token.version?.exec(userAgent)?.[1] ?? null;
  return { app: token.app, name: token.name, version };
}

/** The app of a stored word; null for any other. */
export function readInApp(word: string | null): InApp | null {
  return TOKENS.find(({ app }) => app === word)?.app ?? null;
}
