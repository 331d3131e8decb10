import type { PageLanguage } from '../pages/language.ts';
import { buildShell } from '../pages/shell.ts';

/** Which of the try-it pages. */
export type TryPage = 'walk' | 'chat' | 'meta' | 'trace' | 'product';

/** What every try-it page is built with. */
export interface TryView {
  readonly language: PageLanguage;
  readonly nonce: string;
  /** Path and query as requested. */
  readonly path: string;
  /** The simulated bot's username. */
  readonly bot: string;
  /** What the trace page is asked by: the payment, the click; null before the first click. */
  readonly traceRef: string | null;
}

const TEXTS = {
  pt: {
    note: 'Demonstração: Telegram, banco e Meta são simulados neste computador.',
    walk: 'Passo a passo',
    chat: 'Chat',
    meta: 'O que a Meta recebeu',
    trace: 'Rastro da venda',
  },
  en: {
    note: 'Demonstration: Telegram, bank and Meta are simulated on this machine.',
    walk: 'Walk',
    chat: 'Chat',
    meta: 'What Meta received',
    trace: 'Trace of the sale',
  },
} as const;

/** Puts a try-it page into its frame. */
export function buildTryPage(
  view: TryView,
  page: {
    readonly kind: TryPage;
    readonly title: string;
    readonly body: string;
    readonly style?: string;
    readonly script?: string;
  },
): string {
  const texts = TEXTS[view.language];
  const link = (kind: TryPage, href: string, label: string) => ({ href, label, isHere: kind === page.kind });
  const links = [
    link('walk', '/try', texts.walk),
    link('chat', `/try/chat/${view.bot}`, texts.chat),
    link('meta', '/try/meta', texts.meta),
    ...(view.traceRef === null ? [] : [link('trace', `/try/trace/${view.traceRef}`, texts.trace)]),
  ];
  const { language, nonce, path } = view;
  return buildShell({ language, nonce, path, links, ...page, simulatedNote: texts.note });
}

/**
 * Keeps an element fresh: asks `url` for `{version, html}` and puts the markup in when the version is another. Pauses
 * while nobody looks at the page.
 */
export function buildLiveScript(live: {
  readonly url: string;
  readonly target: string;
  readonly everyMs: number;
}): string {
  return `(function(d){var t=d.getElementById('${live.target}'),v=t.getAttribute('data-version');
function ask(){if(d.hidden)return;fetch('${live.url}',{headers:{accept:'application/json'}}).then(function(r){return r.ok?r.json():null}).then(function(j){if(!j||j.version===v)return;v=j.version;t.innerHTML=j.html}).catch(function(){})}
setInterval(ask,${live.everyMs});d.addEventListener('visibilitychange',ask)})(document);`;
}
