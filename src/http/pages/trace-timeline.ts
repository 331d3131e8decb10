import type { Trace } from '../../reports/trace.ts';
import type { Hop, Receipt } from '../../reports/trace-hop.ts';
import { escapeHtml } from './escape.ts';
import { localeOf, type PageLanguage } from './language.ts';
import { TRACE_TEXTS } from './trace-texts.ts';

/** The title and the timeline of a trace that is told in the page's language, as trusted markup. */
export function buildTimeline(trace: Trace, language: PageLanguage): string {
  const texts = TRACE_TEXTS[language];
  const head = `<h1>${texts.title}</h1><p class="lede">${texts.lede}</p><p class="soft ref"><code>${escapeHtml(trace.ref)}</code></p>`;
  if (trace.hops.length === 0) {
    return `${head}<div class="empty"><p><strong>${texts.none}</strong></p><p>${texts.noneWhy}</p></div>`;
  }
  return `${head}<ol class="trace">${trace.hops.map((hop) => buildHop(hop, language)).join('')}</ol>`;
}

function buildHop(hop: Hop, language: PageLanguage): string {
  const texts = TRACE_TEXTS[language];
  const isGood =
    hop.receipt === null ? hop.matched_by !== null || hop.kind === 'click' : hop.receipt.status === 'success';
  const isLoose = hop.matched_by === null && (hop.kind === 'start' || hop.kind === 'charge');
  return `<li class="${isLoose ? 'loose' : isGood ? 'good' : 'plain'}" data-kind="${hop.kind}"><div class="panel"><header><h2>${buildTitle(hop, language)}</h2><time datetime="${hop.at.toISOString()}">${buildTime(hop.at, language)}</time></header>
<p>${texts.meanings[hop.kind]}</p>${buildRule(hop, isLoose, language)}<details${isLoose ? ' open' : ''}><summary>${texts.details}</summary><p>${escapeHtml(hop.why)}</p><p class="soft"><code>${escapeHtml(hop.id)}</code></p>${hop.receipt ? buildReceipt(hop.receipt, texts.receipt) : ''}</details></div></li>`;
}

function buildRule(hop: Hop, isLoose: boolean, language: PageLanguage): string {
  const texts = TRACE_TEXTS[language];
  if (isLoose) return `<p class="rule warn">${texts.notMatched}</p>`;
  if (hop.kind === 'delivery') return buildOutcome(hop, language);
  if (hop.matched_by === null || hop.kind === 'conversion') return '';
  const rule = texts.rules[hop.matched_by];
  const words = rule === undefined ? `<code>${escapeHtml(hop.matched_by)}</code>` : escapeHtml(rule);
  return `<p class="rule">${texts.matchedBy}: ${words}</p>`;
}

/** Events and their deliveries carry what happened in the event's id. */
function buildTitle(hop: Hop, language: PageLanguage): string {
  const texts = TRACE_TEXTS[language];
  const eventId = hop.kind === 'conversion' ? hop.id : hop.kind === 'delivery' ? hop.matched_by : null;
  const event = texts.events[eventId?.split('_')[0] ?? ''];
  return event === undefined ? texts.kinds[hop.kind] : `${texts.kinds[hop.kind]}: ${event}`;
}

function buildOutcome(hop: Hop, language: PageLanguage): string {
  const texts = TRACE_TEXTS[language];
  if (hop.receipt === null) return `<p class="rule warn">${texts.waiting}</p>`;
  const isTaken = hop.receipt.status === 'success';
  return `<p class="rule${isTaken ? '' : ' warn'}">${escapeHtml(hop.receipt.platform)}: ${isTaken ? texts.taken : texts.refused}</p>`;
}

function buildReceipt(receipt: Receipt, label: string): string {
  const reference = receipt.reference === null ? '' : ` <code>${escapeHtml(receipt.reference)}</code>`;
  return `<p><strong>${label}</strong>${reference}</p><pre>${escapeHtml(JSON.stringify(receipt, null, 2))}</pre>`;
}

function buildTime(at: Date, language: PageLanguage): string {
  const words = at.toLocaleString(localeOf(language), {
    day: '2-digit',
    month: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  });
  return escapeHtml(words);
}

/** What the timeline adds to the look of all pages. */
export const TIMELINE_STYLE = `.ref{overflow-wrap:anywhere}.trace{list-style:none;margin:0;padding:0 0 0 1.75rem;position:relative}.trace::before{content:"";position:absolute;left:.4375rem;top:1rem;bottom:1rem;width:2px;background:var(--line)}
.trace>li{position:relative;margin-bottom:.875rem}.trace>li::before{content:"";position:absolute;left:-1.75rem;top:1.25rem;width:1rem;height:1rem;border-radius:50%;border:3px solid var(--ground);background:var(--soft)}.trace>.good::before{background:var(--good)}.trace>.loose::before{background:var(--warn)}
.trace header{display:flex;flex-wrap:wrap;gap:.125rem 1rem;justify-content:space-between;align-items:baseline}.trace h2{margin:0 0 .25rem}.trace time{color:var(--soft);font-size:.8125rem;font-variant-numeric:tabular-nums}.trace p{margin:0 0 .5rem}.rule{font-size:.875rem;color:var(--good);font-weight:600}.rule.warn{color:var(--warn)}.trace details p{margin:.5rem 0 0;font-size:.9375rem;overflow-wrap:anywhere}`;
