/** The values that differ from one answer to the next; everything else of a page is made once. */
export interface SlotValues {
  readonly nonce: string;
  readonly username: string;
  readonly token: string;
  /** The click's time, ms since the epoch. */
  readonly at: string;
  /** `1` if the server knows the browser's cookies as they are now, else `0`. */
  readonly known: string;
  readonly botId: string;
}

type SlotName = keyof SlotValues;

const NAMES: readonly SlotName[] = ['nonce', 'username', 'token', 'at', 'known', 'botId'];

/** NUL stands around a slot's number in a template; no pool's text holds one, because `buildTemplateText` drops it. */
export const slot = (name: SlotName): string => `\0${NAMES.indexOf(name)}\0`;

/** A page cut at its slots. */
export interface Template {
  readonly parts: readonly string[];
  readonly slots: readonly SlotName[];
  readonly staticBytes: number;
}

/** Cuts a page's text at its slots, once. */
export function buildTemplate(text: string): Template {
  const pieces = spellAscii(text).split('\0');
  const parts = pieces.filter((_, index) => index % 2 === 0);
  const slots = pieces.filter((_, index) => index % 2 === 1).map((index) => NAMES[Number(index)] ?? 'nonce');
  return { parts, slots, staticBytes: Buffer.byteLength(parts.join('')) };
}

const RAW_TEXT_OR_LETTER = /<(script|style)\b[\s\S]*?<\/\1>|[^\0-\x7f]/gu;
const MAX_GROWTH = 512;

/**
 * Letters beyond ASCII by their number, because ASCII is cheaper to send (see `sendPage`); not in scripts and styles,
 * which know no such spelling, and not in a page that would grow much by it.
 */
function spellAscii(html: string): string {
  const spelled = html.replace(RAW_TEXT_OR_LETTER, (found, element) =>
    element ? found : `&#${found.codePointAt(0)};`,
  );
  return Buffer.byteLength(spelled) - Buffer.byteLength(html) > MAX_GROWTH ? html : spelled;
}

/** A filled page and its length in bytes. The values must be ASCII without markup: tokens, ids, digits. */
export function fillTemplate(template: Template, values: SlotValues): { html: string; bytes: number } {
  let html = template.parts[0] ?? '';
  let bytes = template.staticBytes;
  for (let index = 0; index < template.slots.length; index += 1) {
    const value = values[template.slots[index] ?? 'nonce'];
    html += value + (template.parts[index + 1] ?? '');
    bytes += value.length;
  }
  return { html, bytes };
}
