import { escapeHtml } from '../pages/escape.ts';
import type { PageLanguage } from '../pages/language.ts';
import { buildPage, buildPageCsp } from '../pages/layout.ts';
import { buildTemplate, slot, type Template } from './slots.ts';

/** Answers of the click route that are not the page or the redirect. */
export type NoticeStatus = 403 | 404 | 405 | 429 | 503;

interface NoticeText {
  readonly title: string;
  readonly text: string;
}

const TEXTS: Readonly<Record<NoticeStatus, Readonly<Record<PageLanguage, NoticeText>>>> = {
  403: {
    pt: {
      title: 'Este link não está disponível',
      text: 'Abra de novo o link completo, como você o recebeu.',
    },
    en: { title: 'This link is not available', text: 'Open the complete link again, as you received it.' },
  },
  404: {
    pt: { title: 'Página não encontrada', text: 'O link pode ter mudado ou saído do ar.' },
    en: { title: 'Page not found', text: 'The link may have changed or been taken down.' },
  },
  405: {
    pt: { title: 'Pedido não aceito', text: 'Abra este link no navegador.' },
    en: { title: 'Request not accepted', text: 'Open this link in a browser.' },
  },
  429: {
    pt: {
      title: 'Muitas visitas desta rede',
      text: 'Aguarde um pouco e abra o link de novo.',
    },
    en: {
      title: 'Too many visits from this network',
      text: 'Wait a little and open the link again.',
    },
  },
  503: {
    pt: { title: 'Voltamos já', text: 'Ninguém pode atender agora. Tente de novo em alguns instantes.' },
    en: { title: 'Back soon', text: 'Nobody can answer right now. Try again in a moment.' },
  },
};

const ICON =
  '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><path d="M12 7v6m0 4h.01"/></svg>';

/** A notice's page and policy with a slot for the nonce; the same for everybody. */
export function buildNotice(
  status: NoticeStatus,
  language: PageLanguage,
): { page: Template; policy: Template } {
  const { title, text } = TEXTS[status][language];
  const body = `<div class="mark warn">${ICON}</div><h1>${escapeHtml(title)}</h1><p class="soft">${escapeHtml(text)}</p>`;
  const nonce = slot('nonce');
  return {
    page: buildTemplate(buildPage({ language, title, body, nonce })),
    policy: buildTemplate(buildPageCsp({ nonce })),
  };
}
