/** A text in Telegram's HTML mode: what it says, and markup that a page may show as it is. */
export type ReadHtml =
  | { readonly kind: 'read'; readonly text: string; readonly html: string }
  | { readonly kind: 'malformed'; readonly description: string };

/** Telegram's tags and the ones that a page shows for them. */
const TAGS: Readonly<Record<string, string>> = {
  b: 'b',
  strong: 'b',
  i: 'i',
  em: 'i',
  u: 'u',
  ins: 'u',
  s: 's',
  strike: 's',
  del: 's',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
  'tg-spoiler': 'span',
  span: 'span',
  a: 'a',
};

const PIECE = /<(\/?)([a-z0-9-]+)((?:\s[^<>]*)?)>|<|&(lt|gt|amp|quot|#\d{1,7}|#x[0-9a-f]{1,6});|[^<&]+|&/giy;
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

/** Reads a text as `parse_mode: HTML` does; errors are in Telegram's words. */
export function readTelegramHtml(source: string): ReadHtml {
  const open: { tag: string; shown: string }[] = [];
  let text = '';
  let html = '';
  for (const piece of source.matchAll(PIECE)) {
    const [whole, slash, name, attributes, entity] = piece;
    const at = Buffer.byteLength(source.slice(0, piece.index));
    if (name === undefined) {
      if (whole === '<') return malformed(`Unsupported start tag "" at byte offset ${at}`);
      const words = entity === undefined ? whole : readEntity(entity);
      text += words;
      html += escapeText(words);
      continue;
    }
    const tag = name.toLowerCase();
    const shown = TAGS[tag];
    if (slash === '') {
      if (shown === undefined) return malformed(`Unsupported start tag "${tag}" at byte offset ${at}`);
      open.push({ tag, shown });
      html += buildStartTag(shown, attributes ?? '');
      continue;
    }
    const last = open.pop();
    if (!last) return malformed(`Unexpected end tag at byte offset ${at}`);
    if (last.tag !== tag) {
      return malformed(
        `Unmatched end tag at byte offset ${at}, expected "</${last.tag}>", found "</${tag}>"`,
      );
    }
    html += `</${last.shown}>`;
  }
  const unclosed = open.at(-1);
  if (unclosed) return malformed(`Can't find end tag corresponding to start tag "${unclosed.tag}"`);
  return { kind: 'read', text, html };
}

/** A text without markup as safe markup. */
export function buildPlainHtml(text: string): string {
  return escapeText(text);
}

const malformed = (what: string): ReadHtml => ({
  kind: 'malformed',
  description: `Bad Request: can't parse entities: ${what}`,
});

function readEntity(entity: string): string {
  const named = NAMED[entity.toLowerCase()];
  if (named !== undefined) return named;
  const code =
    entity[1]?.toLowerCase() === 'x' ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
    ? String.fromCodePoint(code)
    : '';
}

const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function buildStartTag(shown: string, attributes: string): string {
  if (shown !== 'a') return `<${shown}>`;
  const written = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(attributes);
  const href = unescapeAttribute(written?.[1] ?? written?.[2] ?? '');
  const link = URL.parse(href);
  // What is no web address would be text in Telegram too.
  if (link?.protocol !== 'https:' && link?.protocol !== 'http:') return '<a>';
  return `<a href="${escapeText(link.href)}" target="_blank" rel="noopener">`;
}

const unescapeAttribute = (value: string): string =>
  value.replace(/&(lt|gt|amp|quot|#\d{1,7}|#x[0-9a-f]{1,6});/gi, (_whole, entity: string) =>
    readEntity(entity),
  );
