import { buildMoneyText, readDecimal } from '../../domain/money.ts';
import type { OverviewClick, OverviewSale, WorkspaceOverview } from '../../reports/workspace-overview.ts';
import { escapeHtml } from '../pages/escape.ts';
import { TICK } from '../pages/icons.ts';
import { localeOf, type PageLanguage } from '../pages/language.ts';
import { buildShell, type Shell } from '../pages/shell.ts';
import { HOME_STYLE } from './home-style.ts';
import { HOME_TEXTS, type SystemPart } from './home-texts.ts';
import { listSetupSteps } from './setup-steps.ts';

/** How the server is, as far as the page tells it. */
export interface SystemLights {
  readonly parts: Readonly<Record<SystemPart, boolean>>;
  /** Deliveries that wait. */
  readonly waiting: number;
}

/** The page of a signed-in person. */
export interface OverviewPage {
  readonly language: PageLanguage;
  readonly nonce: string;
  readonly path: string;
  readonly publicUrl: string;
  readonly overview: WorkspaceOverview;
  readonly system: SystemLights;
  readonly hasTry: boolean;
}

/** What is configured, what has happened lately, how the system is, and what to do next. */
export function buildOverviewPage(page: OverviewPage): string {
  const texts = HOME_TEXTS[page.language];
  const { overview } = page;
  const body = `<div class="who"><h1>${escapeHtml(overview.name)}</h1><form method="post" action="/sign-out"><button class="link">${texts.signOut}</button></form></div>
<div class="grid">${buildNext(page)}<section class="panel"><h2>${texts.configured}</h2>${buildConfigured(page)}</section><section class="panel"><h2>${texts.system}</h2>${buildSystem(page)}</section>
<section class="panel"><h2>${texts.clicks}</h2>${buildRows(
    overview.clicks.map((click) => buildClick(page, click)),
    texts.noClicks,
  )}</section><section class="panel"><h2>${texts.sales}</h2>${buildRows(
    overview.sales.map((sale) => buildSale(page, sale)),
    texts.noSales,
  )}</section></div>`;
  return buildShell({
    ...page,
    title: texts.overview,
    links: buildHomeLinks(page, '/'),
    body,
    style: HOME_STYLE,
  });
}

/** The links of a signed-in person's pages. */
export function buildHomeLinks(
  page: { readonly language: PageLanguage; readonly hasTry: boolean },
  here: string,
): Shell['links'] {
  const texts = HOME_TEXTS[page.language];
  return [
    { href: '/', label: texts.overview, isHere: here === '/' },
    { href: '/api/docs', label: texts.docs, isHere: false },
    ...(page.hasTry ? [{ href: '/try', label: texts.tryIt, isHere: false }] : []),
  ];
}

function buildNext({ overview, publicUrl, language }: OverviewPage): string {
  const texts = HOME_TEXTS[language];
  const steps = listSetupSteps(overview, publicUrl);
  const next = steps.find((step) => !step.isDone);
  const items = steps.map((step, index) => {
    const mark = step.isDone ? TICK : String(index + 1);
    const call = step === next ? `<pre>${escapeHtml(step.call)}</pre>` : '';
    return `<li class="${step.isDone ? 'done' : 'open'}"><span class="n">${mark}</span><div><strong>${texts.steps[step.id]}</strong>${call}</div></li>`;
  });
  const [pool] = overview.pools;
  const end =
    next === undefined && pool
      ? `<p>${texts.allDone} <code>${escapeHtml(`${publicUrl}/go/${pool.slug}`)}</code></p>`
      : `<p class="soft">${texts.keyFirst} <code>npm run rastro -- api-key create --name setup --scope admin</code></p>`;
  return `<section class="panel wide"><h2>${texts.next}</h2>${end}<ol class="todo">${items.join('')}</ol></section>`;
}

function buildConfigured({ overview, language }: OverviewPage): string {
  const texts = HOME_TEXTS[language];
  const entry = (label: string, content: string) =>
    `<div><dt>${label}</dt><dd>${content || `<span class="soft">${texts.nothing}</span>`}</dd></div>`;
  const bots = overview.bots.map((bot) => `@${escapeHtml(bot.username)}`).join(', ');
  const gateways = overview.gateways.map((name) =>
    name === 'sandbox' ? `<span class="tag warn">${texts.sandbox}</span>` : escapeHtml(name),
  );
  const pools = overview.pools.map(
    (pool) =>
      `<code>/go/${escapeHtml(pool.slug)}</code>${pool.hasPixel ? '' : ` <span class="tag warn">${texts.noPixel}</span>`}`,
  );
  const { labels } = texts;
  return `<dl class="set">${entry(labels.bots, bots)}${entry(labels.products, overview.products ? String(overview.products) : '')}${entry(labels.gateways, gateways.join(', '))}${entry(labels.pools, pools.join('<br>'))}${entry(labels.destinations, overview.destinations ? String(overview.destinations) : '')}</dl>`;
}

function buildSystem({ system, language }: OverviewPage): string {
  const texts = HOME_TEXTS[language];
  const parts = Object.entries(texts.systemParts).map(([name, [good, bad]]) => {
    const isGood = system.parts[name as SystemPart];
    return `<li class="${isGood ? 'good' : 'bad'}">${isGood ? good : bad}</li>`;
  });
  return `<ul class="lights">${parts.join('')}<li class="good">${texts.waiting(system.waiting)}</li></ul>`;
}

const buildRows = (rows: readonly string[], empty: string): string =>
  rows.length === 0 ? `<p class="soft">${empty}</p>` : `<ul class="rows">${rows.join('')}</ul>`;

function buildClick({ language, overview }: OverviewPage, click: OverviewClick): string {
  const texts = HOME_TEXTS[language];
  const ad = [click.source, click.campaign].filter((word) => word !== null).join(' · ') || texts.noSource;
  return `<li><div>${escapeHtml(ad)}<span class="soft">${buildTime(click.at, language, overview.timezone)} · /go/${escapeHtml(click.slug ?? '?')}</span></div><a href="/trace/${click.token}">${texts.trace}</a></li>`;
}

function buildSale({ language, overview }: OverviewPage, sale: OverviewSale): string {
  const texts = HOME_TEXTS[language];
  const price = buildMoneyText(
    { cents: readDecimal(sale.amount) ?? 0, currency: sale.currency },
    localeOf(language),
  );
  const status = `<span class="tag${sale.status === 'paid' ? ' good' : ''}">${texts.status[sale.status] ?? escapeHtml(sale.status)}</span>`;
  const origin = sale.isAttributed ? texts.attributed : texts.notAttributed;
  return `<li><div>${escapeHtml(sale.product)} · ${escapeHtml(price)} ${status}<span class="soft">${buildTime(sale.at, language, overview.timezone)} · ${origin}</span></div><a href="/trace/${sale.paymentId}">${texts.trace}</a></li>`;
}

function buildTime(at: Date, language: PageLanguage, timeZone: string): string {
  const words = at.toLocaleString(localeOf(language), { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return `<time datetime="${at.toISOString()}">${escapeHtml(words)}</time>`;
}
