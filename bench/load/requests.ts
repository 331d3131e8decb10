/** The site of the benchmark. */
export const SITE_ORIGIN = 'https://shop.example.com';

const QUERY =
  'utm_source=FB&utm_medium=paid&utm_campaign=spring%7C1202&utm_content=video%201%7C33&utm_term=feed&src=a';
const CLICK_HEADERS = [
  'Host: go.example.com',
  'User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/23A341 Instagram 400.0.0.30.80 (iPhone14,5; iOS 26_0; pt_BR; pt; scale=3.00; 1170x2532; 780000000)',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Language: pt-BR,pt;q=0.9',
  'Accept-Encoding: gzip, deflate, br',
  'Cookie: _fbp=fb.1.1795000000000.1234567890123456',
  'Referer: https://l.instagram.com/',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: cross-site',
];
const VISIT_HEADERS = [
  'Host: go.example.com',
  `Origin: ${SITE_ORIGIN}`,
  `Referer: ${SITE_ORIGIN}/`,
  'User-Agent: Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
  'Accept: */*',
  'Accept-Language: pt-BR,pt;q=0.9',
  'Accept-Encoding: gzip, deflate, br',
  'Content-Type: text/plain;charset=UTF-8',
];
const PAGE = `${SITE_ORIGIN}/offer?utm_source=FB&utm_medium=paid&utm_campaign=spring%7C1202&fbclid=IwZXh0bgNhZW0BMABhZGlkAasF9f5abcdBHmZ3bqWv9xYkT0q_aem_Xyz`;
/** Where a new UUID goes. */
const GAP = '\u0001';
/** A UUID is this long. */
const ID_LENGTH = 36;

/** Templates of clicks on a pool, each with an fbclid of its own; from 200 addresses if a proxy is trusted. */
export function buildClicks(slug: string): string[][] {
  return Array.from({ length: 200 }, (_, index) => {
    const target = `/go/${slug}?fbclid=IwZXh0bgNhZW0BMABhZGlk${GAP}_aem_Xyz0123456789abcdefg&${QUERY}`;
    const head = [...CLICK_HEADERS, `X-Forwarded-For: ${addressOf(index)}`].join('\r\n');
    return `GET ${target} HTTP/1.1\r\n${head}\r\n\r\n`.split(GAP);
  });
}

/** Templates of `/api/collect` requests: a new session with one page view and so many events. */
export function buildVisits(domainId: string, events: number): string[][] {
  const now = new Date().toISOString();
  const view = {
    ...{ type: 'page_view', id: GAP, occurred_at: now, page_url: PAGE, title: 'Offer' },
    referrer: 'https://l.facebook.com/',
    consent: { ads: 'granted', analytics: 'granted' },
    cookies: { _fbp: 'fb.1.1795000000000.1234567890123456' },
  };
  const event = {
    type: 'event',
    id: GAP,
    occurred_at: now,
    page_url: PAGE,
    event_type: 'click',
    element_id: 'buy',
  };
  const items = [view, ...Array.from({ length: events }, () => event)];
  // Written by hand where a gap is: JSON would escape it.
  const body = JSON.stringify({ domain_id: domainId, session_id: GAP, sent_at: now, items }).replaceAll(
    '\\u0001',
    GAP,
  );
  const pieces = body.split(GAP);
  const length = Buffer.byteLength(pieces.join('')) + (pieces.length - 1) * ID_LENGTH;
  return Array.from({ length: 200 }, (_, index) => {
    const head = [...VISIT_HEADERS, `X-Forwarded-For: ${addressOf(index)}`, `Content-Length: ${length}`];
    return `POST /api/collect HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${body}`.split(GAP);
  });
}

const addressOf = (index: number): string => `189.${32 + (index >> 4)}.${index & 15}.${7 + index}`;
