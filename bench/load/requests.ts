import { ADDRESS, ID, type RequestTemplate } from './load-order.ts';

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
  `X-Forwarded-For: ${ADDRESS}`,
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
  `X-Forwarded-For: ${ADDRESS}`,
];
const PAGE = `${SITE_ORIGIN}/offer?utm_source=FB&utm_medium=paid&utm_campaign=spring%7C1202&fbclid=IwZXh0bgNhZW0BMABhZGlkAasF9f5abcdBHmZ3bqWv9xYkT0q_aem_Xyz`;
const UUID_LENGTH = 36;
const GAPS = /(\{id\}|\{address\})/;

/** A template of a click on a pool, with an fbclid and an address of its own. */
export function buildClicks(slug: string): RequestTemplate {
  const target = `/go/${slug}?fbclid=IwZXh0bgNhZW0BMABhZGlk${ID}_aem_Xyz0123456789abcdefg&${QUERY}`;
  return `GET ${target} HTTP/1.1\r\n${CLICK_HEADERS.join('\r\n')}\r\n\r\n`.split(GAPS);
}

/** A template of a request to `/api/collect`: a new session with one page view and so many events. */
export function buildVisits(domainId: string, events: number): RequestTemplate {
  const now = new Date().toISOString();
  const view = {
    ...{ type: 'page_view', id: ID, occurred_at: now, page_url: PAGE, title: 'Offer' },
    referrer: 'https://l.facebook.com/',
    consent: { ads: 'granted', analytics: 'granted' },
    cookies: { _fbp: 'fb.1.1795000000000.1234567890123456' },
  };
  const event = { ...{ type: 'event', id: ID, occurred_at: now }, page_url: PAGE, event_type: 'click' };
  const items = [view, ...Array.from({ length: events }, () => event)];
  const body = JSON.stringify({ domain_id: domainId, session_id: ID, sent_at: now, items });
  const ids = body.split(ID).length - 1;
  const length = Buffer.byteLength(body) + ids * (UUID_LENGTH - ID.length);
  const head = [...VISIT_HEADERS, `Content-Length: ${length}`].join('\r\n');
  return `POST /api/collect HTTP/1.1\r\n${head}\r\n\r\n${body}`.split(GAPS);
}
