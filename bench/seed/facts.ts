import type { CollectFact } from '../../src/domain/facts.ts';
import { buildId, buildTrackingToken } from '../../src/domain/ids.ts';

/** Whose facts they are. */
export interface FactOwner {
  readonly workspaceId: string;
  readonly domainId: string;
}

const PHONE =
  'Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36';
const PAGE =
  'https://shop.example.com/offer?utm_source=FB&utm_medium=paid&utm_campaign=spring%7C1202&fbclid=IwZXh0bgNhZW0BMABhZGlkAasF9f5abcdBHmZ3bqWv9xYkT0q_aem_Xyz';

/** Lines of the capture log: clicks of many addresses and browsers, each followed by what the page posted if wanted. */
export function* buildClickFacts(
  { workspaceId }: FactOwner,
  { count, withCookies }: { count: number; withCookies: boolean },
): Generator<string> {
  const [poolId, botId] = [buildId(), buildId()];
  const start = Date.now();
  for (let i = 0; i < count; i += 1) {
    const token = buildTrackingToken();
    const click = {
      ...{
        kind: 'click',
        at: start + i,
        token,
        workspaceId,
        poolId,
        botId,
        mode: 'bridge',
        consent: 'granted',
      },
      url: `https://go.example.com/go/shop?fbclid=${'Iw'.repeat(30)}${token}&utm_source=fb&utm_campaign=c${i % 40}&ad=${i}`,
      userAgent: `Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram ${i % 5000}`,
      ...{
        fbp: null,
        fbc: null,
        fbi: null,
        ip: `189.1.${i % 250}.7`,
        hints: {},
        referrer: null,
        language: 'pt-BR',
      },
    };
    yield JSON.stringify(click);
    if (!withCookies) continue;
    const cookies = { fbp: `fb.1.${start}.${i}`, fbc: null, fbi: null, pageType: 'bridge' };
    yield JSON.stringify({ kind: 'cookies', at: start + i + 1, token, ...cookies });
  }
}

/** Lines of the capture log: a new session with one page view each, the dearest request to fold. */
export function* buildVisitFacts({ workspaceId, domainId }: FactOwner, count: number): Generator<string> {
  const start = Date.now() - count;
  for (let i = 0; i < count; i += 1) {
    const at = start + i;
    const fact: CollectFact = {
      ...{ kind: 'collect', at, workspaceId, domainId, sessionId: buildId(), visitorId: null, skewMs: 20 },
      ...{ ip: `189.${i >> 12}.${(i >> 4) & 255}.${i & 15}`, userAgent: PHONE, isSpam: false },
      items: [
        {
          ...{ type: 'page_view', id: buildId(), at, pageUrl: PAGE, referrer: null, title: 'Offer' },
          ...{ timeOnPage: null, exitPage: false, cookies: null },
          consent: { ads: 'granted', analytics: 'granted' },
        },
      ],
    };
    yield JSON.stringify(fact);
  }
}
