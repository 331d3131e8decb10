import { builderRule } from '../../domain/consent.ts';
import type { Consent } from '../../domain/conversion.ts';
import type { EdgePool } from '../../settings/types.ts';
import { escapeHtml } from '../pages/escape.ts';
import { localeOf, type PageLanguage } from '../pages/language.ts';
import { PAGE_STYLE } from '../pages/layout.ts';
import { buildColorStyle } from './bridge-colors.ts';
import { AHEAD_SCRIPT, buildClickScript, type ScriptParts } from './bridge-script.ts';
import { BRIDGE_STYLE, PLANE } from './bridge-style.ts';
import { BRIDGE_TEXTS, type BridgeTexts } from './bridge-texts.ts';
import { linksOf } from './pool-links.ts';
import { slot } from './slots.ts';

/** `click` = counted; the other two have neither token nor pixel call. */
export type BridgeKind = 'click' | 'crawler' | 'ahead';

/** Which bridge page of a pool. */
export interface BridgeView {
  readonly pool: EdgePool;
  readonly language: PageLanguage;
  readonly kind: BridgeKind;
  readonly consent: Consent;
}

/** Whether the pool's people get the page: without any pixel there is nothing for a page to do. */
export const hasBridge = (pool: EdgePool): boolean =>
  pool.mode === 'bridge' && (pool.meta !== null || pool.utmifyPixelId !== null);

/** The page's text with its slots. Everything of the pool is escaped; nothing of the request is in it at all. */
export function buildBridge(view: BridgeView): string {
  const { pool, language } = view;
  const texts = readTexts(pool, language);
  const script = buildScript(view);
  const link = buildLinks(view);
  return `<!doctype html>
<html lang="${localeOf(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(texts.title)}</title>
${buildMeta(pool, texts)}
<style nonce="${slot('nonce')}">${PAGE_STYLE}
${BRIDGE_STYLE}${buildColorStyle(pool.page.colors)}</style>
</head>
<body>${pool.isDemo ? `<div class="note" role="note">${escapeHtml(texts.demo)}</div>` : ''}<main><div class="card">${buildPicture(pool)}<div class="in">${readImage(pool) ? '' : `<div class="mark">${PLANE}</div>`}
<h1>${escapeHtml(texts.title)}</h1>
<p class="lead">${escapeHtml(texts.text)}</p>
<a class="button go" id="go" href="${link.web}">${PLANE}<span>${escapeHtml(texts.button)}</span></a>
<p class="soft bot">@${slot('username')}</p>
${link.app === null ? '' : `<a class="app" href="${escapeHtml(link.app)}">${escapeHtml(texts.openApp)}</a>`}</div>
${buildChoice(view, texts)}</div></main>
${script ? `<script nonce="${slot('nonce')}">${script}</script>\n` : ''}</body>
</html>
`;
}

/** What the page's visible part and its script load from outside, for its policy. */
export function readImageOrigin(pool: EdgePool): string | null {
  const image = readImage(pool);
  return image === null ? null : new URL(image).origin;
}

/** The ids as they may stand in a script between quotes. */
export function readPixels(pool: EdgePool): { pixelId: string | null; utmifyPixelId: string | null } {
  return { pixelId: bareId(pool.meta?.pixelId), utmifyPixelId: bareId(pool.utmifyPixelId) };
}

const bareId = (id: string | null | undefined): string | null => id?.replace(/[^\w-]/g, '') || null;

function readTexts(pool: EdgePool, language: PageLanguage): BridgeTexts {
  const own = pool.page[language] ?? {};
  const base = BRIDGE_TEXTS[language];
  return {
    ...base,
    title: templateText(own.title) || base.title,
    text: templateText(own.text) || base.text,
    button: templateText(own.button) || base.button,
  };
}

/** NUL marks slots in templates, and has no place in a page anyway. */
const templateText = (text: string | undefined): string => (text ?? '').replaceAll('\0', '').trim();

function readImage(pool: EdgePool): string | null {
  const url = pool.page.imageUrl ? URL.parse(pool.page.imageUrl) : null;
  return url?.protocol === 'https:' ? url.href : null;
}

function buildPicture(pool: EdgePool): string {
  const image = readImage(pool);
  return image === null ? '' : `<img class="pic" src="${escapeHtml(image)}" alt="" width="640" height="360">`;
}

function buildMeta(pool: EdgePool, texts: BridgeTexts): string {
  const image = readImage(pool);
  const description = escapeHtml(texts.text.replace(/\s+/g, ' ').slice(0, 200));
  const tags = [
    `<meta name="description" content="${description}">`,
    '<meta property="og:type" content="website">',
    `<meta property="og:title" content="${escapeHtml(texts.title)}">`,
    `<meta property="og:description" content="${description}">`,
    image === null ? '' : `<meta property="og:image" content="${escapeHtml(image)}">`,
  ];
  return tags.filter((tag) => tag !== '').join('\n');
}

function buildLinks({ pool, kind }: BridgeView): { web: string; app: string | null } {
  const start = kind === 'click' ? slot('token') : null;
  const links = linksOf(pool);
  return { web: links.web(slot('username'), start), app: links.app(slot('username'), start) };
}

function buildScript(view: BridgeView): string {
  if (view.kind === 'ahead') return AHEAD_SCRIPT;
  return view.kind === 'crawler' ? '' : buildClickScript(readScriptParts(view));
}

function readScriptParts({ pool, consent }: BridgeView): ScriptParts {
  const builder = pool.meta === null ? 'never' : builderRule(pool);
  const ids = { ...readPixels(pool), pixelScript: linksOf(pool).pixelScript };
  if (pool.consentMode === 'ask') return { ...ids, pixels: 'choice', builder };
  return { ...ids, pixels: consent === 'granted' ? 'now' : 'never', builder };
}

/**
 * The question, where the pool asks it: two equal buttons, in the page and not over it. Where the browser has said no
 * (Sec-GPC) it stays folded. On a page without a token the buttons do nothing.
 */
function buildChoice({ pool, kind, consent }: BridgeView, texts: BridgeTexts): string {
  if (pool.consentMode !== 'ask') return '';
  const isClick = kind === 'click';
  const target = isClick ? 'method="post" action="/api/tracking/consent"' : 'method="dialog"';
  const hidden = isClick
    ? `<input type="hidden" name="tracking_token" value="${slot('token')}"><input type="hidden" name="bot_id" value="${slot('botId')}">`
    : '';
  const button = (value: string, text: string) =>
    `<button class="button plain" name="ads" value="${value}">${escapeHtml(text)}</button>`;
  return `<details${consent === 'pending' ? ' open' : ''}><summary>${escapeHtml(texts.choices)}</summary><form id="choice" ${target}>${hidden}<p>${escapeHtml(texts.question)}</p><div class="two">${button('denied', texts.refuse)}${button('granted', texts.accept)}</div></form></details><p id="saved" class="soft" role="status" data-text="${escapeHtml(texts.saved)}"></p>`;
}
