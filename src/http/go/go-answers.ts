import type { ServerResponse } from 'node:http';
import type { Visit } from '../../capture/visit.ts';
import { readFirstConsent } from '../../domain/consent.ts';
import type { ClickFact } from '../../domain/facts.ts';
import type { Logger } from '../../io/logger.ts';
import type { EdgePool, PoolBot } from '../../settings/types.ts';
import { type BridgeKind, hasBridge } from './bridge-page.ts';
import type { NoticeStatus } from './notice-page.ts';
import { type FilledPage, Pages } from './pages.ts';
import { linksOf } from './pool-links.ts';

/** A visit that gets the page or the redirect. */
export interface Served {
  readonly pool: EdgePool;
  readonly visit: Visit;
  readonly bot: PoolBot;
  readonly kind: BridgeKind;
  /** Null where the visit does not count: then there is no token. */
  readonly fact: ClickFact | null;
  /** `_fbc` for the browser to keep, null for none. */
  readonly freshFbc: string | null;
}

/** A visit that gets a notice. */
export interface Noticed {
  readonly status: NoticeStatus;
  readonly visit: Visit;
  readonly retryAfterSeconds?: number;
}

const NO_BOT_RETRY_SECONDS = 30;
const FBC_MAX_AGE = 90 * 86_400;

// The referrer's origin is what Meta's traffic permissions look at; the path and its click ids stay here.
const PAGE_HEADERS = [
  'content-type',
  'text/html; charset=utf-8',
  'cache-control',
  'no-store',
  'referrer-policy',
  'strict-origin-when-cross-origin',
  'x-content-type-options',
  'nosniff',
];

/** Writes the answers of the click route. */
export class GoAnswers {
  readonly #pages = new Pages();
  readonly #fbcAttributes: string;
  readonly #logger: Pick<Logger, 'error'>;

  constructor({ publicUrl, logger }: { publicUrl: string; logger: Pick<Logger, 'error'> }) {
    const secure = publicUrl.startsWith('https:') ? '; Secure' : '';
    this.#fbcAttributes = `; Max-Age=${FBC_MAX_AGE}; Path=/; SameSite=Lax${secure}`;
    this.#logger = logger;
  }

  /** The bridge page; a 302 where the pool has none, or where the page cannot be made. */
  served(response: ServerResponse, served: Served): void {
    const page = hasBridge(served.pool) ? this.#makePage(served) : null;
    const cookie = this.#cookieHeader(served.freshFbc);
    if (page === null) redirect(response, buildStartLink(served), cookie);
    else sendPage(response, { status: 200, page, isHead: served.visit.isHead, headers: cookie });
  }

  /** A page that says why there is none. */
  notice(response: ServerResponse, { status, visit, retryAfterSeconds }: Noticed): void {
    const page = this.#pages.notice(status, this.#pages.language(visit.headers['accept-language']));
    sendPage(response, {
      status,
      page,
      isHead: visit.isHead,
      headers: noticeHeaders(status, retryAfterSeconds),
    });
  }

  /** What is left to say after a bug: nothing that could fail in turn. */
  broken(response: ServerResponse): void {
    if (!response.headersSent) response.writeHead(503, ['retry-after', '5', 'content-length', '0']);
    response.end();
  }

  #makePage({ pool, visit, bot, kind, fact, freshFbc }: Served): FilledPage | null {
    try {
      const language = this.#pages.language(visit.headers['accept-language']);
      const consent = fact?.consent ?? readFirstConsent(pool, visit.headers['sec-gpc'] === '1');
      // A cookie of another ad click is replaced by this answer, and the server has not seen the new one yet.
      const known = fact !== null && (freshFbc === null || fact.fbc === null) ? '1' : '0';
      const values = {
        username: wordOf(bot.username),
        token: fact?.token ?? '',
        at: String(fact?.at ?? ''),
        known,
        botId: bot.botId,
      };
      return this.#pages.bridge({ pool, language, kind, consent }, values);
    } catch (error) {
      this.#logger.error({ err: error, poolId: pool.poolId }, 'a bridge page could not be made');
      return null;
    }
  }

  #cookieHeader(fbc: string | null): string[] {
    return fbc === null ? [] : ['set-cookie', `_fbc=${fbc}${this.#fbcAttributes}`];
  }
}

/** Telegram's usernames are words; anything else would be a broken setting, and must not leave the link. */
const wordOf = (username: string): string => username.replace(/\W/g, '');

function buildStartLink({ pool, bot, fact }: Served): string {
  return linksOf(pool).web(wordOf(bot.username), fact?.token ?? null);
}

function redirect(response: ServerResponse, location: string, headers: string[]): void {
  // Without a length an empty answer goes out in chunks.
  response.writeHead(302, [
    'location',
    location,
    'cache-control',
    'no-store',
    'content-length',
    '0',
    ...headers,
  ]);
  response.end();
}

interface PageAnswer {
  readonly status: number;
  readonly page: FilledPage;
  readonly isHead: boolean;
  readonly headers: string[];
}

function sendPage(response: ServerResponse, { status, page, isHead, headers }: PageAnswer): void {
  response.writeHead(status, [
    ...PAGE_HEADERS,
    'content-security-policy',
    page.policy,
    'content-length',
    String(page.bytes),
    ...headers,
  ]);
  if (isHead) response.end();
  // ASCII goes to the socket as it is; to find out that it is UTF-8 already takes 1.5 µs of a page.
  else response.end(page.html, page.html.length === page.bytes ? 'latin1' : 'utf8');
}

function noticeHeaders(status: NoticeStatus, retryAfterSeconds = NO_BOT_RETRY_SECONDS): string[] {
  if (status === 429 || status === 503) return ['retry-after', String(retryAfterSeconds)];
  // The body of what was not asked for is not read: the connection ends with it.
  return status === 405 ? ['allow', 'GET, HEAD', 'connection', 'close'] : [];
}
