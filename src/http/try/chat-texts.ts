import type { PageLanguage } from '../pages/language.ts';

interface ChatTexts {
  readonly bot: string;
  readonly start: string;
  readonly hello: string;
  readonly empty: string;
  readonly write: string;
  readonly send: string;
  readonly copied: string;
  readonly copy: string;
  readonly picture: string;
  readonly you: string;
  readonly simulated: string;
  readonly refresh: string;
  readonly unknown: string;
  readonly unknownText: string;
  readonly close: string;
  readonly messages: string;
}

/** Every text of the simulated chat. */
export const CHAT_TEXTS: Readonly<Record<PageLanguage, ChatTexts>> = {
  pt: {
    bot: 'bot',
    start: 'START',
    hello: 'Toque em START para falar com o bot. O código do clique vai junto.',
    empty:
      'Você veio sem um clique: o bot vai responder, mas a venda não terá anúncio. Para ver a atribuição, comece pelo anúncio.',
    write: 'Mensagem',
    send: 'Enviar',
    copied: 'Copiado',
    copy: 'Copiar',
    picture: 'QR Code do PIX',
    you: 'Você',
    simulated: 'Telegram simulado',
    refresh: 'Sem JavaScript, recarregue esta página para ver mensagens novas.',
    unknown: 'Este bot não existe aqui',
    unknownText: 'O Telegram simulado só conhece o bot da demonstração.',
    close: 'OK',
    messages: 'Mensagens',
  },
  en: {
    bot: 'bot',
    start: 'START',
    hello: 'Tap START to talk to the bot. The click’s token goes along.',
    empty:
      'You came without a click: the bot will answer, but the sale will have no ad. To see attribution, begin with the ad.',
    write: 'Message',
    send: 'Send',
    copied: 'Copied',
    copy: 'Copy',
    picture: 'QR code of the PIX',
    you: 'You',
    simulated: 'Simulated Telegram',
    refresh: 'Without JavaScript, reload this page to see new messages.',
    unknown: 'There is no such bot here',
    unknownText: 'The simulated Telegram only knows the demonstration’s bot.',
    close: 'OK',
    messages: 'Messages',
  },
};
