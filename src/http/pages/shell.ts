import { buildLanguageHref } from './chosen-language.ts';
import { escapeHtml } from './escape.ts';
import { localeOf, type PageLanguage } from './language.ts';
import { PAGE_STYLE } from './layout.ts';

/** A link of a page's head. */
export interface ShellLink {
  readonly href: string;
  readonly label: string;
  readonly isHere: boolean;
}

/** A wide page with a head, in the look of all public pages; `body`, `style` and `script` are trusted. */
export interface Shell {
  readonly language: PageLanguage;
  readonly nonce: string;
  readonly title: string;
  /** Path and query as requested, for the language switch. */
  readonly path: string;
  readonly links: readonly ShellLink[];
  readonly body: string;
  readonly style?: string;
  readonly script?: string;
  /** Marks the page as a simulation, in a strip over everything. */
  readonly simulatedNote?: string;
}

const STYLE = `main{max-width:64rem;margin:0 auto;padding:1.25rem 1rem 3rem;flex:1}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;z-index:9;padding:.5rem .75rem;background:var(--card)}
.top{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem 1.25rem;padding:.75rem 1rem;background:var(--card);border-bottom:1px solid var(--line)}
.top a{color:var(--soft);text-decoration:none;padding:.375rem 0;font-size:.9375rem}.top a:hover{color:var(--ink)}.top a[aria-current]{color:var(--ink);font-weight:600;box-shadow:0 2px var(--accent)}
.top .brand{color:var(--ink);font-weight:700;font-size:1.0625rem;letter-spacing:-.01em;display:flex;align-items:center;gap:.5rem}.brand svg{width:1.5rem;height:1.5rem;color:var(--accent)}
.top nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}.top .lang{margin-left:auto;order:1}.top nav{order:0}
h1{font-size:1.75rem;letter-spacing:-.015em}h2{margin:0 0 .5rem;font-size:1.125rem;line-height:1.3}.lede{color:var(--soft);font-size:1.0625rem;max-width:44rem}
a{color:var(--accent)}.panel{background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:1.25rem;min-width:0}
.panel>:last-child{margin-bottom:0}.button.small{display:inline-block;width:auto;margin:0;padding:.5rem 1rem;font-size:.9375rem;border-radius:.625rem}
.empty{color:var(--soft);padding:1.5rem;text-align:center;border:1px dashed var(--line);border-radius:1rem}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,monospace;font-size:.8125rem}pre{margin:.5rem 0 0;padding:.75rem;overflow:auto;background:var(--ground);border-radius:.5rem;white-space:pre-wrap;overflow-wrap:anywhere}
summary{cursor:pointer;color:var(--accent);font-size:.875rem;font-weight:600}summary:focus-visible,button:focus-visible,input:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.25rem}
@media(max-width:40rem){h1{font-size:1.5rem}main{padding:1rem .75rem 2rem}.note{font-size:.8125rem;padding:.375rem .75rem}.top{padding:.375rem .75rem 0;row-gap:0}.top nav{order:2;width:100%;flex-wrap:nowrap;overflow-x:auto;scrollbar-width:none;gap:1.25rem}.top nav a{white-space:nowrap;padding:.5rem 0}}`;

const MARK =
  '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.25" stroke-linecap="round" aria-hidden="true"><circle cx="5" cy="18" r="2.25" fill="currentColor"/><path d="M9 17.5c4-1 1-6.5 4.5-8S17 6 19 5"/><path d="m16 4.2 3.3.6-.8 3.3"/></svg>';

const TEXTS = {
  pt: { skip: 'Ir para o conteúdo', switch: 'English', other: 'en', nav: 'Páginas' },
  en: { skip: 'Skip to content', switch: 'Português', other: 'pt', nav: 'Pages' },
} as const;

/** The page's HTML, whole. */
export function buildShell(shell: Shell): string {
  const { language, nonce } = shell;
  const texts = TEXTS[language];
  const note = shell.simulatedNote
    ? `<div class="note" role="note">${escapeHtml(shell.simulatedNote)}</div>`
    : '';
  return `<!doctype html>
<html lang="${localeOf(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex,nofollow">
<title>${escapeHtml(shell.title)} · Rastro</title>
<style nonce="${nonce}">${PAGE_STYLE}
${STYLE}${shell.style ?? ''}</style>
</head>
<body><a class="skip" href="#main">${texts.skip}</a>${note}<header class="top"><a class="brand" href="/">${MARK}Rastro</a>${buildLinks(shell, texts.nav)}<a class="lang" lang="${texts.other}" hreflang="${texts.other}" href="${escapeHtml(buildLanguageHref(shell.path, texts.other))}">${texts.switch}</a></header>
<main id="main">${shell.body}</main>
${shell.script ? `<script nonce="${nonce}">${shell.script}</script>` : ''}</body>
</html>
`;
}

function buildLinks({ links }: Shell, label: string): string {
  if (links.length === 0) return '';
  const items = links.map(
    (link) =>
      `<a href="${escapeHtml(link.href)}"${link.isHere ? ' aria-current="page"' : ''}>${escapeHtml(link.label)}</a>`,
  );
  return `<nav aria-label="${label}">${items.join('')}</nav>`;
}
