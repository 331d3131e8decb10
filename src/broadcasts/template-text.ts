import { escapeTelegramHtml } from '../bot/texts.ts';

/** What a template may say of the person: the columns of `bot_users`, and the bot itself. */
export const VARIABLES = ['first_name', 'last_name', 'username', 'city', 'state', 'bot'] as const;

/** A word between `{{` and `}}`. */
export type Variable = (typeof VARIABLES)[number];

/** What stands for each variable; null where it is not known of this person. */
export type VariableValues = Readonly<Record<Variable, string | null>>;

type Part =
  | { readonly kind: 'html'; readonly html: string }
  | { readonly kind: 'variable'; readonly name: Variable; readonly otherwise: string };

/** A text of a template; `malformed` says in one sentence what is wrong with it. */
export type TemplateText =
  | {
      readonly kind: 'text';
      readonly parts: readonly Part[];
      /** UTF-16 units that the message can have at most, without markup. */
      readonly longest: number;
    }
  | { readonly kind: 'malformed'; readonly why: string };

const VARIABLE = /\{\{([^{}]*)\}\}/g;
const STAND_IN = '\u{fffc}';
/** A person can call themselves anything, at any length. */
const LONGEST_VALUE = 64;

/** Reads `Olá, {{first_name|amigo}}!`: HTML of Telegram with variables, each with what is said where it is not known. */
export function readTemplateText(source: string): TemplateText {
  const parts: Part[] = [];
  let end = 0;
  for (const match of source.matchAll(VARIABLE)) {
    const [whole, inside = ''] = match;
    const [name = '', ...rest] = inside.split('|').map((word) => word.trim());
    if (!isVariable(name)) {
      return malformed(`There is no variable {{${name}}}; there are ${VARIABLES.join(', ')}.`);
    }
    parts.push({ kind: 'html', html: source.slice(end, match.index) });
    parts.push({ kind: 'variable', name, otherwise: rest.join('|').slice(0, LONGEST_VALUE) });
    end = match.index + whole.length;
  }
  parts.push({ kind: 'html', html: source.slice(end) });
  const html = parts.map((part) => (part.kind === 'html' ? part.html : STAND_IN)).join('');
  if (html.includes('{{') || html.includes('}}')) return malformed('{{ and }} must enclose one word.');
  const plain = readPlain(html);
  if (typeof plain !== 'string') return plain;
  const variables = parts.filter((part) => part.kind === 'variable').length;
  if (plain.trim() === '' && variables === 0) return malformed('The text is empty.');
  return { kind: 'text', parts, longest: plain.length + variables * (LONGEST_VALUE - 1) };
}

/** The text for one person; values are escaped, so that no name can make markup. */
export function buildText(text: TemplateText & { kind: 'text' }, values: VariableValues): string {
  return text.parts
    .map((part) => (part.kind === 'html' ? part.html : buildValue(values[part.name] || part.otherwise)))
    .join('');
}

const buildValue = (value: string): string =>
  escapeTelegramHtml(value.replace(/\s+/g, ' ').slice(0, LONGEST_VALUE).toWellFormed());

const isVariable = (name: string): name is Variable => VARIABLES.some((one) => one === name);
const malformed = (why: string) => ({ kind: 'malformed', why }) as const;

const TAGS = /^(?:b|strong|i|em|u|ins|s|strike|del|code|pre|blockquote|tg-spoiler|tg-emoji|span|a)$/;
const PIECE =
  /<(\/?)([a-z][a-z0-9-]*)((?:\s[^<>]*)?)>|<|&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-f]{1,6});|[^<&]+|&/giy;

/** The words without markup, or what Telegram would not take. */
function readPlain(html: string): string | { readonly kind: 'malformed'; readonly why: string } {
  const open: string[] = [];
  let plain = '';
  for (const [whole, slash, name, attributes = ''] of html.matchAll(PIECE)) {
    if (name === undefined) {
      if (whole === '<') return malformed('Write &lt; for a < that is no tag.');
      plain += whole.startsWith('&') && whole.length > 1 ? 'x' : whole;
      continue;
    }
    const tag = name.toLowerCase();
    if (!TAGS.test(tag)) return malformed(`Telegram knows no <${tag}>; new lines are new lines, not <br>.`);
    if (attributes.includes(STAND_IN)) return malformed('A variable cannot stand inside a tag.');
    if (slash === '') {
      if (tag === 'a' && !/\shref\s*=\s*["']/i.test(attributes)) return malformed('<a> needs an href="…".');
      open.push(tag);
    } else if (open.pop() !== tag) return malformed(`</${tag}> closes what is not open.`);
  }
  const left = open.pop();
  return left === undefined ? plain : malformed(`<${left}> is never closed.`);
}
