import type { PageLanguage } from '../pages/language.ts';

/** Every text of the bridge page. */
export interface BridgeTexts {
  readonly title: string;
  readonly text: string;
  readonly button: string;
  readonly openApp: string;
  readonly demo: string;
  readonly choices: string;
  readonly question: string;
  readonly accept: string;
  readonly refuse: string;
  readonly saved: string;
}

/** The page's own words, for what a pool does not say. */
export const BRIDGE_TEXTS: Readonly<Record<PageLanguage, BridgeTexts>> = {
  pt: {
    title: 'Continue no Telegram',
    text: 'Toque no botão abaixo para abrir a conversa.',
    button: 'Começar',
    openApp: 'O Telegram não abriu? Abrir direto no aplicativo',
    demo: 'Demonstração: este bot é simulado.',
    choices: 'Privacidade',
    question:
      'Podemos usar cookies e avisar o anunciante de que você veio por este anúncio? Funciona igual se você recusar.',
    accept: 'Aceitar',
    refuse: 'Recusar',
    saved: 'Escolha salva. Você pode mudá-la aqui.',
  },
  en: {
    title: 'Continue on Telegram',
    text: 'Tap the button below to open the chat.',
    button: 'Start',
    openApp: 'Telegram did not open? Open it in the app',
    demo: 'Demonstration: this bot is simulated.',
    choices: 'Privacy',
    question:
      'May we use cookies and tell the advertiser that you came from this ad? Everything works the same if you refuse.',
    accept: 'Accept',
    refuse: 'Refuse',
    saved: 'Choice saved. You can change it here.',
  },
};
