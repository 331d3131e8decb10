import { escapeHtml } from '../pages/escape.ts';
import type { PageLanguage } from '../pages/language.ts';
import { buildMessages, type ChatView } from './chat-messages.ts';
import { buildChatScript } from './chat-script.ts';
import { CHAT_STYLE } from './chat-style.ts';
import { CHAT_TEXTS } from './chat-texts.ts';
import { buildTryPage, type TryView } from './try-frame.ts';

/** A chat with what the link that led here carried. */
export interface ChatPageView extends ChatView {
  readonly botName: string;
  /** The payload of the link; null when the person simply opened the chat. */
  readonly start: string | null;
}

/** The simulated chat with one bot; works without scripts too, by reloading. */
export function buildChatPage(view: TryView, chat: ChatPageView): string {
  const texts = CHAT_TEXTS[view.language];
  const messages = buildMessages(chat);
  const body = `<div class="phone"><div class="bar"><span class="face" aria-hidden="true">${escapeHtml(readInitials(chat.botName))}</span><div><h1>${escapeHtml(chat.botName)}</h1><span class="soft">${texts.bot} · @${escapeHtml(chat.bot)} · ${texts.simulated}</span></div></div>
<div class="scroll" id="scroll" tabindex="0" role="log" aria-label="${texts.messages}">${buildIntro(chat)}<ol class="talk" id="talk" data-version="${messages.version}">${messages.html}</ol></div>
<div id="toast" class="toast" role="status"></div>
<div class="foot">${buildChatFoot(chat)}</div><noscript><p class="soft plainly">${texts.refresh}</p></noscript></div>
<dialog id="alert"><p id="alert-text"></p><form method="dialog"><button class="button small">${texts.close}</button></form></dialog>`;
  return buildTryPage(view, {
    kind: 'chat',
    title: chat.botName,
    body,
    style: CHAT_STYLE,
    script: buildChatScript({ bot: chat.bot, copied: texts.copied }),
  });
}

/** What is shown for a bot that the simulator does not know. */
export function buildUnknownBotPage(view: TryView): string {
  const texts = CHAT_TEXTS[view.language];
  const link: Readonly<Record<PageLanguage, string>> = { pt: 'Ir para o anúncio', en: 'Go to the ad' };
  const body = `<h1>${texts.unknown}</h1><p class="lede">${texts.unknownText}</p><p><a class="button small" href="/try">${link[view.language]}</a></p>`;
  return buildTryPage(view, { kind: 'chat', title: texts.unknown, body });
}

const readInitials = (name: string): string =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase();

function buildIntro({ start, messages, language }: ChatPageView): string {
  const texts = CHAT_TEXTS[language];
  if (start !== null) return messages.length === 0 ? `<p class="intro">${texts.hello}</p>` : '';
  return messages.length === 0 ? `<p class="intro">${texts.empty} <a href="/try">→</a></p>` : '';
}

/** What stands under the messages. Telegram shows START for every link with a payload, also to people who have started the bot before. */
export function buildChatFoot(chat: ChatPageView): string {
  const { start, messages, bot, language } = chat;
  const texts = CHAT_TEXTS[language];
  if (start !== null || messages.length === 0) {
    return `<form class="act" method="post" action="/try/chat/${bot}/start"><input type="hidden" name="start" value="${escapeHtml(start ?? '')}"><button class="startbutton" id="start">${texts.start}</button></form>`;
  }
  return `<form class="act say" method="post" action="/try/chat/${bot}/write"><label class="hidden" for="text">${texts.write}</label><input id="text" name="text" maxlength="1000" autocomplete="off" placeholder="${texts.write}" required><button aria-label="${texts.send}"><svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true"><path d="M3 20.5 21 12 3 3.5v6.6L14 12 3 13.9z"/></svg></button></form>`;
}
