import { createHash } from 'node:crypto';
import type { ChatMessage, PressAnswer, SimulatedButton } from '../../simulators/telegram-types.ts';
import { escapeHtml, readLink } from '../pages/escape.ts';
import { localeOf, type PageLanguage } from '../pages/language.ts';
import { CHAT_TEXTS } from './chat-texts.ts';
import type { LivePart } from './walk-page.ts';

/** A person's chat as it is to be shown. */
export interface ChatView {
  readonly bot: string;
  readonly language: PageLanguage;
  readonly messages: readonly ChatMessage[];
}

/** The messages with their pictures and buttons. */
export function buildMessages(chat: ChatView): LivePart {
  const html = chat.messages.map((message) => buildBubble(chat, message)).join('');
  return { version: createHash('sha256').update(html).digest('hex').slice(0, 16), html };
}

/** The newest note over the chat, for the page's script. */
export function buildNote(
  answers: readonly PressAnswer[],
): { id: string; text: string; isAlert: boolean } | null {
  const last = answers.findLast((answer) => answer.text !== '');
  return last ? { id: last.queryId, text: last.text, isAlert: last.isAlert } : null;
}

function buildBubble(chat: ChatView, message: ChatMessage): string {
  const { language, bot } = chat;
  const sent = new Date(message.at);
  const time = sent.toLocaleTimeString(localeOf(language), { hour: '2-digit', minute: '2-digit' });
  const picture =
    message.photoId === null
      ? ''
      : `<img class="shot" src="/try/chat/${bot}/photo/${message.photoId}" width="512" height="512" alt="${CHAT_TEXTS[language].picture}">`;
  const words = message.html === '' ? '' : `<div class="words">${hidePayload(message)}</div>`;
  const rows = message.buttons.map(
    (row) => `<div class="row">${row.map((button) => buildButton(chat, button)).join('')}</div>`,
  );
  const who = message.from === 'bot' ? 'bot' : 'person';
  return `<li class="${who}" data-message="${message.id}"><div class="bubble">${picture}${words}<time datetime="${sent.toISOString()}">${time}</time></div>${rows.join('')}</li>`;
}

/** The app sends what the link carried without showing it. */
const hidePayload = ({ from, html }: ChatMessage): string =>
  from === 'person' && /^\/start \S+$/.test(html) ? '/start' : html;

function buildButton({ bot }: ChatView, button: SimulatedButton): string {
  const text = escapeHtml(button.text);
  switch (button.kind) {
    case 'callback':
      return `<form class="act" method="post" action="/try/chat/${bot}/press"><input type="hidden" name="data" value="${escapeHtml(button.data)}"><button class="key">${text}</button></form>`;
    case 'copy':
      return `<button class="key" type="button" data-copy="${escapeHtml(button.copied)}">${text}</button>`;
    case 'url': {
      const link = readLink(button.url);
      return link === null
        ? ''
        : `<a class="key" href="${escapeHtml(link)}" target="_blank" rel="noopener">${text}</a>`;
    }
  }
}
