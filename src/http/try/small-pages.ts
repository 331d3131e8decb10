import type { Trace } from '../../reports/trace.ts';
import { TICK } from '../pages/icons.ts';
import type { PageLanguage } from '../pages/language.ts';
import { TRACE_TEXTS } from '../pages/trace-texts.ts';
import { buildTimeline, TIMELINE_STYLE } from '../pages/trace-timeline.ts';
import { buildTryPage, type TryView } from './try-frame.ts';

const TEXTS: Readonly<
  Record<PageLanguage, { title: string; text: string; meta: string; trace: string; walk: string }>
> = {
  pt: {
    title: 'Você chegou ao produto',
    text: 'Aqui estaria o que foi comprado. Agora veja o que a Meta recebeu e o rastro da venda.',
    meta: 'O que a Meta recebeu',
    trace: 'Rastro da venda',
    walk: 'Voltar ao passo a passo',
  },
  en: {
    title: 'You have reached the product',
    text: 'Here would be what was bought. Now see what Meta received, and the trace of the sale.',
    meta: 'What Meta received',
    trace: 'Trace of the sale',
    walk: 'Back to the walk',
  },
};

/** The page behind the demonstration's products: the end of the walk. */
export function buildProductPage(view: TryView): string {
  const texts = TEXTS[view.language];
  const trace =
    view.traceRef === null
      ? ''
      : `<a class="button plain" href="/try/trace/${view.traceRef}">${texts.trace}</a>`;
  const body = `<div class="panel end"><div class="mark good">${TICK}</div><h1>${texts.title}</h1><p class="soft">${texts.text}</p><a class="button" href="/try/meta">${texts.meta}</a>${trace}<a class="button plain" href="/try">${texts.walk}</a></div>`;
  const style = '.end{max-width:28rem;margin:2rem auto;text-align:center;padding:1.75rem 1.5rem}';
  return buildTryPage(view, { kind: 'product', title: texts.title, body, style });
}

/** The trace of a sale of the demonstration. */
export function buildTryTracePage(view: TryView, trace: Trace): string {
  return buildTryPage(view, {
    kind: 'trace',
    title: TRACE_TEXTS[view.language].title,
    body: buildTimeline(trace, view.language),
    style: TIMELINE_STYLE,
  });
}
