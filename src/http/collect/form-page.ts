import type { IncomingMessage, ServerResponse } from 'node:http';
import { escapeHtml, readLink } from '../pages/escape.ts';
import { type PageLanguage, readPageLanguage } from '../pages/language.ts';
import { buildNonce, buildPage, buildPageHeaders } from '../pages/layout.ts';
import type { Refusal } from './answers.ts';

interface Text {
  readonly title: string;
  readonly text: string;
}

type Texts = Readonly<Record<PageLanguage, Text>>;

const THANKS: Texts = {
  pt: { title: 'Recebemos sua mensagem', text: 'Obrigado! Entraremos em contato em breve.' },
  en: { title: 'We have received your message', text: 'Thank you! We will be in touch soon.' },
};

const LIMITED: Texts = {
  pt: { title: 'Muitos envios desta rede', text: 'Aguarde alguns minutos e envie o formulário de novo.' },
  en: { title: 'Too many from this network', text: 'Wait a few minutes and send the form again.' },
};

const INCOMPLETE: Texts = {
  pt: { title: 'Falta alguma informação', text: 'Volte, preencha seus dados e envie de novo.' },
  en: { title: 'Something is missing', text: 'Go back, fill in your details and send the form again.' },
};

const FAILED: Texts = {
  pt: { title: 'Não foi possível enviar', text: 'Volte à página e tente de novo.' },
  en: { title: 'It could not be sent', text: 'Go back to the page and try again.' },
};

const BACK: Readonly<Record<PageLanguage, string>> = { pt: 'Voltar à página', en: 'Back to the page' };

const MARK: Readonly<Record<'good' | 'warn', string>> = {
  good: '<path d="M5 13l4 4L19 7"/>',
  warn: '<path d="M12 7v6m0 4h.01"/>',
};

/** Thanks a person whose form was taken; `back` is an address of the site's own. */
export function sendThanks(request: IncomingMessage, response: ServerResponse, back: string | null): void {
  sendPage({ request, response, status: 200, texts: THANKS, mark: 'good', back });
}

/** Tells a person that a form was not taken. */
export function sendFormRefusal(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent) return;
  const { status, headers = {} } = refusal;
  const texts = status === 429 ? LIMITED : status === 422 ? INCOMPLETE : FAILED;
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) response.setHeader(name, value);
  sendPage({ request, response, status, texts, mark: 'warn', back: null });
}

interface FormPage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly status: number;
  readonly texts: Texts;
  readonly mark: 'good' | 'warn';
  readonly back: string | null;
}

function sendPage({ request, response, status, texts, mark, back }: FormPage): void {
  const language = readPageLanguage(request.headers['accept-language']);
  const { title, text } = texts[language];
  const href = back === null ? null : readLink(back);
  const link =
    href === null ? '' : `<a class="button" href="${escapeHtml(href)}">${escapeHtml(BACK[language])}</a>`;
  const icon = `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true">${MARK[mark]}</svg>`;
  const body = `<div class="mark ${mark}">${icon}</div><h1>${escapeHtml(title)}</h1><p class="soft">${escapeHtml(text)}</p>${link}`;
  const nonce = buildNonce();
  const html = buildPage({ language, title, body, nonce });
  response.writeHead(status, {
    ...buildPageHeaders({ nonce }),
    'content-length': Buffer.byteLength(html),
    vary: 'accept-language',
  });
  response.end(html);
}
