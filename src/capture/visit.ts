import type { IncomingHttpHeaders } from 'node:http';

/** A request of `/go/:slug`, cut to sane lengths; nothing is worked out that the answer does not need. */
export interface Visit {
  readonly slug: string;
  /** Path and query as received. */
  readonly path: string;
  /** Raw query without `?`. */
  readonly query: string;
  readonly isHead: boolean;
  readonly userAgent: string | null;
  readonly headers: IncomingHttpHeaders;
}

const PREFIX = '/go/';
const MAX_USER_AGENT = 1024;

/** Reads a raw request whose path begins with `/go/`. */
export function readVisit(request: {
  readonly url?: string | undefined;
  readonly method?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}): Visit {
  const path = request.url ?? PREFIX;
  const mark = path.indexOf('?');
  const end = mark === -1 ? path.length : mark;
  return {
    // Some apps put a slash at the end of a link.
    slug: path.slice(PREFIX.length, path.charCodeAt(end - 1) === SLASH ? end - 1 : end),
    path,
    query: mark === -1 ? '' : path.slice(mark + 1),
    isHead: request.method === 'HEAD',
    userAgent: cut(request.headers['user-agent'], MAX_USER_AGENT),
    headers: request.headers,
  };
}

const SLASH = 47;

/** A header's text cut at `limit` characters; null if it is absent or empty. */
export function cut(value: string | string[] | undefined, limit: number): string | null {
  if (!value) return null;
  const text = typeof value === 'string' ? value : value.join(', ');
  return text.length > limit ? text.slice(0, limit) : text;
}

const AHEAD = /prefetch|prerender|preview/i;

/**
 * Whether the browser fetches the page before anybody asked for it. `X-Purpose: preview` is what Facebook's app
 * sends, `X-Moz: prefetch` what older Firefox sends.
 */
export function isFetchedAhead(headers: IncomingHttpHeaders): boolean {
  const purpose = headers['sec-purpose'] ?? headers.purpose ?? headers['x-purpose'] ?? headers['x-moz'];
  return purpose !== undefined && AHEAD.test(String(purpose));
}
