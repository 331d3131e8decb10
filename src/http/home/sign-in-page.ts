import { escapeHtml } from '../pages/escape.ts';
import type { PageLanguage } from '../pages/language.ts';
import { buildShell } from '../pages/shell.ts';
import { HOME_STYLE } from './home-style.ts';
import { HOME_TEXTS, type Refusal } from './home-texts.ts';

/** The page of whoever is not signed in. */
export interface SignInPage {
  readonly language: PageLanguage;
  readonly nonce: string;
  readonly path: string;
  /** What the form had, after a refusal. */
  readonly email: string;
  readonly refusal: Refusal | null;
  /** Whether the try-it pages are there. */
  readonly hasTry: boolean;
}

/** The sign-in form; a plain form, so that it needs no script. */
export function buildSignInPage(page: SignInPage): string {
  const texts = HOME_TEXTS[page.language];
  const refusal =
    page.refusal === null
      ? ''
      : `<p class="refusal" role="alert" id="refusal">${texts.refusals[page.refusal]}</p>`;
  const describedBy = page.refusal === null ? '' : ' aria-describedby="refusal" aria-invalid="true"';
  const tryIt = page.hasTry
    ? `<section class="panel"><h2>${texts.tryIt}</h2><p class="soft">${texts.tryItWhy}</p><a class="button plain" href="/try">${texts.tryIt}</a></section>`
    : '';
  const body = `<div class="door"><section class="panel"><h1>${texts.signIn}</h1><p class="soft">${texts.signInLede}</p>${refusal}
<form method="post" action="/sign-in"><label for="email">${texts.email}</label><input id="email" name="email" type="email" autocomplete="username" required value="${escapeHtml(page.email)}"${describedBy}>
<label for="password">${texts.password}</label><input id="password" name="password" type="password" autocomplete="current-password" required${describedBy}>
<button class="button">${texts.enter}</button></form><p class="soft hint">${texts.forgot} <code>npm run rastro -- user create</code></p></section>${tryIt}</div>`;
  const links = [{ href: '/api/docs', label: texts.docs, isHere: false }];
  return buildShell({ ...page, title: texts.signIn, links, body, style: HOME_STYLE });
}

/** What is shown while the database is away. */
export function buildAwayPage(page: Pick<SignInPage, 'language' | 'nonce' | 'path'>): string {
  const texts = HOME_TEXTS[page.language];
  const body = `<div class="door"><section class="panel"><h1>${texts.away}</h1><p class="soft">${texts.awayWhy}</p></section></div>`;
  return buildShell({ ...page, title: texts.away, links: [], body, style: HOME_STYLE });
}
