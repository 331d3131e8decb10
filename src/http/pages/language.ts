/** The two languages of everything that people outside the dashboard read. */
export type PageLanguage = 'pt' | 'en';

/** Picks a page's language from an Accept-Language header: Portuguese if it is preferred to English, else English. */
export function readPageLanguage(acceptLanguage: string | undefined): PageLanguage {
  let best: { language: PageLanguage; quality: number } = { language: 'en', quality: 0 };
  for (const part of (acceptLanguage ?? '').slice(0, 500).split(',')) {
    const match = /^\s*(pt|en)\b[^;]*(?:;\s*q\s*=\s*([\d.]+))?/i.exec(part);
    if (!match) continue;
    const quality = match[2] === undefined ? 1 : Number(match[2]);
    if (quality > best.quality) best = { language: match[1]?.toLowerCase() === 'pt' ? 'pt' : 'en', quality };
  }
  return best.language;
}

/** The BCP 47 tag of a page language. */
export const localeOf = (language: PageLanguage): string => (language === 'pt' ? 'pt-BR' : 'en');
