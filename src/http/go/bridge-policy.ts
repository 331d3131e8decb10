import type { EdgePool } from '../../settings/types.ts';
import { type BridgeKind, readImageOrigin, readPixels } from './bridge-page.ts';
import { linksOf } from './pool-links.ts';
import { slot } from './slots.ts';

const UTMIFY = { script: 'https://cdn.utmify.com.br', target: 'https://*.utmify.com.br' };

/**
 * The page's Content-Security-Policy, with a slot for the nonce. `strict-dynamic` lets the two pixels' loaders bring
 * their own parts, the hosts are for browsers that do not know it. Meta's pixel sends by picture and by fetch, and by
 * a form into a frame where a URL would be too long. `properties:` is where the parameter builder finds the click id
 * in Facebook's and Instagram's own browsers on Android.
 */
export function buildBridgePolicy(pool: EdgePool, kind: BridgeKind): string {
  const { pixelId, utmifyPixelId } = readPixels(pool);
  const isClick = kind === 'click';
  // The simulated pixel comes from ourselves, and needs no host.
  const meta = isClick && pixelId !== null ? linksOf(pool).pixelHosts : null;
  const utmify = isClick && utmifyPixelId !== null;
  const image = readImageOrigin(pool);
  const nonce = `'nonce-${slot('nonce')}'`;
  const directives: readonly (readonly (string | false | null | undefined)[])[] = [
    ['default-src', "'none'"],
    ['script-src', nonce, (meta || utmify) && "'strict-dynamic'", meta?.script, utmify && UTMIFY.script],
    ['style-src', nonce],
    ['img-src', "'self'", image, meta?.target, utmify && UTMIFY.target],
    [
      'connect-src',
      "'self'",
      ...(meta ? [meta.script, meta.target] : []),
      utmify && UTMIFY.target,
      meta && 'properties:',
    ],
    ['frame-src', meta?.target ?? "'none'"],
    ['form-action', "'self'", meta?.target],
    ['base-uri', "'none'"],
    ['frame-ancestors', "'none'"],
  ];
  return directives.map((words) => words.filter(Boolean).join(' ')).join('; ');
}
