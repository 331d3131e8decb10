import { createHash } from 'node:crypto';
import type { ReceivedEvent } from '../../simulators/meta.ts';
import type { BrowserEvent } from '../../simulators/pixel.ts';
import { escapeHtml } from '../pages/escape.ts';
import { TICK } from '../pages/icons.ts';
import { localeOf, type PageLanguage } from '../pages/language.ts';
import { hasBrowserSide, type MetaRow } from './meta-rows.ts';
import { META_STYLE } from './meta-style.ts';
import { META_TEXTS } from './meta-texts.ts';
import { buildLiveScript, buildTryPage, type TryView } from './try-frame.ts';
import type { LivePart } from './walk-page.ts';

/** What Meta received of one person's way, side by side. */
export function buildMetaPage(view: TryView, rows: readonly MetaRow[]): string {
  const texts = META_TEXTS[view.language];
  const list = buildMetaList(rows, view.language);
  const body = `<h1>${texts.title}</h1><p class="lede">${texts.lede}</p><div id="events" data-version="${list.version}">${list.html}</div>`;
  return buildTryPage(view, {
    kind: 'meta',
    title: texts.title,
    body,
    style: META_STYLE,
    script: buildLiveScript({ url: '/try/meta/events', target: 'events', everyMs: 2000 }),
  });
}

/** The events alone, to be put in again when they change. */
export function buildMetaList(rows: readonly MetaRow[], language: PageLanguage): LivePart {
  const texts = META_TEXTS[language];
  const html =
    rows.length === 0
      ? `<div class="empty"><p>${texts.empty}</p><p><a class="button small" href="/try">${texts.toAd}</a></p></div>`
      : rows.map((row) => buildRow(row, language)).join('');
  return { version: createHash('sha256').update(html).digest('hex').slice(0, 16), html };
}

function buildRow(row: MetaRow, language: PageLanguage): string {
  const texts = META_TEXTS[language];
  return `<section class="panel event" data-event="${escapeHtml(row.eventId)}"><header><h2>${escapeHtml(row.name)} <span class="soft">${texts.names[row.name] ?? ''}</span></h2><code>${escapeHtml(row.eventId)}</code></header>
<div class="sides"><div class="side"><h3>${texts.browser}</h3>${buildBrowser(row, language)}</div><div class="side"><h3>${texts.server}</h3>${buildServer(row, language)}</div></div>${buildVerdict(row, language)}</section>`;
}

function buildVerdict(row: MetaRow, language: PageLanguage): string {
  const texts = META_TEXTS[language];
  const isServed = row.server.length > 0 || row.state === 'sent';
  if (!isServed) return row.browser.length > 0 ? `<p class="verdict soft">${texts.browserOnly}</p>` : '';
  const why = hasBrowserSide(row.name) ? (row.browser.length > 0 ? texts.onceWhy : '') : texts.serverOnly;
  return `<p class="verdict good">${TICK}<span><strong>${texts.once}.</strong> ${why}</span></p>`;
}

function buildBrowser(row: MetaRow, language: PageLanguage): string {
  const texts = META_TEXTS[language];
  const [first] = row.browser;
  if (!first) {
    return `<p class="soft">${hasBrowserSide(row.name) ? texts.notSent : texts.noBrowser}</p>`;
  }
  const value = first.raw['cd[value]'];
  const facts = [
    buildFact('fbp', first.fbp),
    buildFact('fbc', first.fbc),
    buildFact(texts.value, value ? `${value} ${first.raw['cd[currency]'] ?? ''}` : null),
  ];
  return `${buildTime(first.at, language)}<dl>${facts.join('')}</dl>${buildRepeated(row.browser.length, language)}${buildRaw(texts.raw, first.raw)}`;
}

function buildServer(row: MetaRow, language: PageLanguage): string {
  const texts = META_TEXTS[language];
  const [first] = row.server;
  if (!first) return `<p class="soft">${texts.waiting[row.state] ?? texts.notSent}</p>`;
  const user = readObject(first.event.user_data);
  const custom = readObject(first.event.custom_data);
  const value =
    custom.value === undefined ? null : `${String(custom.value)} ${String(custom.currency ?? '')}`;
  const facts = [
    buildFact('fbp', readText(user.fbp)),
    buildFact('fbc', readText(user.fbc)),
    buildFact(texts.value, value),
  ];
  return `${buildTime(first.at, language)}<dl>${facts.join('')}</dl>${buildKeys(user, language)}${buildRepeated(row.server.length, language)}${buildRaw(texts.raw, first.event)}`;
}

const buildTime = (at: BrowserEvent['at'] | ReceivedEvent['at'], language: PageLanguage): string =>
  `<p class="when"><time datetime="${new Date(at).toISOString()}">${new Date(at).toLocaleTimeString(localeOf(language))}</time></p>`;

const buildFact = (name: string, value: string | null): string =>
  value === null ? '' : `<div><dt>${escapeHtml(name)}</dt><dd><code>${escapeHtml(value)}</code></dd></div>`;

function buildKeys(user: Readonly<Record<string, unknown>>, language: PageLanguage): string {
  const texts = META_TEXTS[language];
  const keys = Object.keys(user).map((key) => `<li>${escapeHtml(texts.keyNames[key] ?? key)}</li>`);
  return `<p class="soft keyhead">${texts.keys} (${keys.length})</p><ul class="keys">${keys.join('')}</ul>`;
}

const buildRepeated = (times: number, language: PageLanguage): string =>
  times > 1 ? `<p class="soft">${META_TEXTS[language].repeated(times)}</p>` : '';

const buildRaw = (label: string, content: object): string =>
  `<details><summary>${label}</summary><pre>${escapeHtml(JSON.stringify(content, null, 2))}</pre></details>`;

function readObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

const readText = (value: unknown): string | null => (typeof value === 'string' ? value : null);
