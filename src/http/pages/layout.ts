import { randomBytes } from 'node:crypto';
import { escapeHtml } from './escape.ts';
import { localeOf, type PageLanguage } from './language.ts';

/** A whole small page: no framework, no outside file; `body` is trusted markup, its values escaped by the caller. */
export interface Page {
  readonly language: PageLanguage;
  readonly title: string;
  readonly body: string;
  readonly nonce: string;
  /** Further trusted markup for the head (pixel, refresh). */
  readonly head?: string;
  /** Marks the page as a simulation, in a strip over everything. */
  readonly simulatedNote?: string;
}

/**
 * The look of every public page, as custom properties that a pool may override, and one card on a plain ground.
 * Both colour schemes; sizes in rem, so that a person's own text size holds.
 */
export const PAGE_STYLE = `:root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--ink:#16181d;--soft:#5b6270;--line:#e2e5ea;--accent:#1769e0;--on-accent:#fff;--good:#0f7b47;--warn:#8a5300;--warn-ground:#fff3d6}
@media(prefers-color-scheme:dark){:root{--ground:#111318;--card:#1b1e25;--ink:#eef0f4;--soft:#a3aab8;--line:#2e333d;--accent:#5b9bff;--on-accent:#0b1220;--good:#5fd39a;--warn:#ffd58a;--warn-ground:#3a2d10}}
*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}body{margin:0;min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.note{padding:.5rem 1rem;background:var(--warn-ground);color:var(--warn);text-align:center;font-size:.875rem;font-weight:600}
main{margin:auto;width:100%;max-width:28rem;padding:1rem}.card{background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:1.75rem 1.5rem;text-align:center}
h1{margin:0 0 .5rem;font-size:1.5rem;line-height:1.25;text-wrap:balance;overflow-wrap:anywhere}p{margin:0 0 1rem;overflow-wrap:anywhere}.soft{color:var(--soft);font-size:.875rem}.amount{font-size:2rem;font-weight:700;font-variant-numeric:tabular-nums}
.mark{display:flex;align-items:center;justify-content:center;width:3.5rem;height:3.5rem;margin:0 auto 1rem;border-radius:50%;border:2px solid currentColor;color:var(--accent)}.mark.good{color:var(--good)}.mark.warn{color:var(--warn)}.mark svg{width:1.75rem;height:1.75rem}
.button{display:block;width:100%;margin:.75rem 0 0;padding:.875rem 1rem;border:1px solid transparent;border-radius:.75rem;background:var(--accent);color:var(--on-accent);font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}.button.plain{background:none;border-color:var(--line);color:var(--ink)}
.button:hover{filter:brightness(1.06)}.button:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:3px}.code{display:block;margin:1rem 0;padding:.75rem;border:1px solid var(--line);border-radius:.5rem;font:.75rem/1.5 ui-monospace,monospace;text-align:left;word-break:break-all;user-select:all}
img.qr{display:block;width:100%;max-width:17rem;height:auto;margin:1rem auto;border-radius:.5rem;background:#fff}
@media(prefers-reduced-motion:no-preference){.mark.turning svg{animation:turn 2s linear infinite}@keyframes turn{to{transform:rotate(360deg)}}}`;

/** A fresh nonce for a page's own script and style. */
export const buildNonce = (): string => randomBytes(16).toString('base64');

/** What a page may load besides itself. */
export interface PagePolicy {
  readonly nonce: string;
  /** The Meta pixel is on the page. */
  readonly metaPixel?: boolean;
  /** The page has a form that posts to us. */
  readonly form?: boolean;
}

const PIXEL = 'https://connect.facebook.net';
const PIXEL_TARGET = 'https://www.facebook.com';

/**
 * The page's Content-Security-Policy. `strict-dynamic` lets the pixel's nonced loader bring its own parts; the
 * pixel sends by picture, by fetch, and by a form in a frame where a URL would be too long.
 */
export function buildPageCsp(policy: PagePolicy): string {
  const pixel = policy.metaPixel === true;
  const forms = [...(policy.form ? ["'self'"] : []), ...(pixel ? [PIXEL_TARGET] : [])];
  return [
    "default-src 'none'",
    `script-src 'nonce-${policy.nonce}'${pixel ? ` 'strict-dynamic' ${PIXEL}` : ''}`,
    `style-src 'nonce-${policy.nonce}'`,
    `img-src 'self' data:${pixel ? ` ${PIXEL_TARGET}` : ''}`,
    `connect-src 'self'${pixel ? ` ${PIXEL} ${PIXEL_TARGET}` : ''}`,
    ...(pixel ? [`frame-src ${PIXEL_TARGET}`] : []),
    `form-action ${forms.length > 0 ? forms.join(' ') : "'none'"}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** The page's HTML, whole. */
export function buildPage(page: Page): string {
  const note = page.simulatedNote
    ? `<div class="note" role="note">${escapeHtml(page.simulatedNote)}</div>`
    : '';
  return `<!doctype html>
<html lang="${localeOf(page.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex,nofollow">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(page.title)}</title>
<style nonce="${page.nonce}">${PAGE_STYLE}</style>
${page.head ?? ''}</head>
<body>${note}<main><div class="card">${page.body}</div></main></body>
</html>
`;
}

/** The headers of every public page: never stored, never framed, never sniffed. */
export function buildPageHeaders(policy: PagePolicy): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': buildPageCsp(policy),
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}
