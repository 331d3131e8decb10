import type { ConsentFact } from '../../domain/facts.ts';
import { escapeHtml } from '../pages/escape.ts';
import type { PageLanguage } from '../pages/language.ts';
import { buildPage } from '../pages/layout.ts';
import { BRIDGE_TEXTS } from './bridge-texts.ts';

const TITLES: Readonly<Record<ConsentFact['ads'], Readonly<Record<PageLanguage, string>>>> = {
  granted: { pt: 'Obrigado, escolha salva', en: 'Thank you, choice saved' },
  denied: { pt: 'Tudo certo, nada será usado', en: 'All right, nothing will be used' },
};

/** What the answer to a choice made without scripts shows. */
export interface ChoicePage {
  readonly ads: ConsentFact['ads'];
  readonly language: PageLanguage;
  readonly token: string;
  /** The click's bot; null if it is not known any more, and then the person goes back. */
  readonly username: string | null;
  readonly nonce: string;
}

/** The small page after a choice made without scripts: the way on to the bot. */
export function buildChoicePage({ ads, language, token, username, nonce }: ChoicePage): string {
  const title = TITLES[ads][language];
  const texts = BRIDGE_TEXTS[language];
  const link =
    username === null
      ? ''
      : `<a class="button" href="https://t.me/${encodeURIComponent(username)}?start=${token}">${escapeHtml(texts.button)}</a>`;
  const body = `<h1>${escapeHtml(title)}</h1><p class="soft">${escapeHtml(texts.text)}</p>${link}`;
  return buildPage({ language, title, body, nonce });
}
