import fc from 'fast-check';
import type { Attempt } from './exchange.ts';
import { hooks, updates } from './hook-edge.ts';
import { ODD_TEXTS, oddText } from './odd-values.ts';
import { oddHeader, rawWord } from './odd-words.ts';
import { cookies, forms, leads, visits } from './site-edge.ts';

const clicks = fc
  .record({
    slug: fc.oneof({ weight: 3, arbitrary: fc.constant('odd') }, rawWord),
    method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'),
    name: fc.constantFrom(
      'fbclid',
      'gclid',
      'utm_source',
      'src',
      'grim',
      'x',
      '__proto__',
      'constructor',
      '_fbc',
    ),
    value: rawWord,
    header: fc.constantFrom(
      'user-agent',
      'accept-language',
      'cookie',
      'referer',
      'sec-purpose',
      'x-forwarded-for',
      'sec-ch-ua',
      'host',
    ),
    text: oddHeader,
  })
  .map(
    ({ slug, method, name, value, header, text }): Attempt => ({
      method,
      path: `/go/${slug}?${name}=${value}&${value}=${name}&${name}`,
      headers: { [header]: header === 'cookie' ? `_fbc=${text}; _fbp=fb.1.1.${text}` : text },
    }),
  );

const PAGES = [
  '/',
  '/trace/',
  '/try',
  '/try/steps',
  '/try/meta',
  '/try/meta/events',
  '/try/product/',
  '/try/trace/',
  '/try/chat/',
  '/try/chat/rastro_demo_bot?start=',
  '/r.js?',
  '/delivery/',
  '/sandbox/charges/',
  '/api/docs?',
  '/api/docs/',
  '/readyz?',
  '/metrics?',
  '/api/auth/get-session?',
  '/api/auth/',
  '/api/auth/callback/',
  '/api/auth/error?error=',
  '/favicon.ico?',
  '/?lang=',
  '/go',
  '/api/v1/',
];

const pages = fc
  .record({
    page: fc.constantFrom(...PAGES),
    word: rawWord,
    header: fc.constantFrom(
      'cookie',
      'accept-language',
      'accept',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-workspace-id',
      'authorization',
      'origin',
      'referer',
      'if-none-match',
      'range',
      'accept-encoding',
    ),
    text: oddHeader,
    isAbsolute: fc.nat(5),
  })
  .map(
    ({ page, word, header, text, isAbsolute }): Attempt => ({
      method: 'GET',
      path: `${isAbsolute === 0 ? 'http://[' : ''}${page}${word}`,
      headers: {
        [header]:
          header === 'cookie' ? `rastro.session_token=${text}; lang=${text}; rastro_try=${text}` : text,
      },
    }),
  );

const FORMS = [
  '/sign-in',
  '/sign-out',
  '/try/chat/rastro_demo_bot/start',
  '/try/chat/rastro_demo_bot/press',
  '/try/chat/rastro_demo_bot/write',
  '/sandbox/charges/x/paid',
  '/try/meta/tr',
  '/try/telegram/bot1:x/sendMessage',
  '/try/meta/v26.0/1/events',
  '/try/ga4/mp/collect',
  '/api/auth/sign-in/email',
  '/api/auth/sign-out',
  '/api/auth/change-password',
  '/api/auth/reset-password',
];

const posts = fc
  .record({
    path: fc.constantFrom(...FORMS),
    names: fc.array(
      fc.tuple(
        fc.constantFrom('email', 'password', 'start', 'data', 'text', 'ev', 'id', '__proto__'),
        oddText,
      ),
      { maxLength: 4 },
    ),
    isForm: fc.boolean(),
  })
  .map(({ path, names, isForm }): Attempt => {
    const fields = names.map(([name, text]): [string, string] => [name, text.toWellFormed()]);
    return {
      method: 'POST',
      path,
      headers: {
        'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
        authorization: '',
      },
      body: isForm ? new URLSearchParams(fields).toString() : JSON.stringify(Object.fromEntries(names)),
    };
  });

/** Requests to every public route; `token` is a click's. */
export function edgeAttempts(ids: ReadonlyMap<string, string>): fc.Arbitrary<Attempt> {
  const domainId = ids.get('domains') ?? '';
  return fc.oneof(
    clicks,
    cookies(ids.get('clicks') ?? ''),
    visits(domainId),
    leads(domainId),
    forms(domainId),
    updates(ids.get('bots') ?? ''),
    pages,
    posts,
    hooks(ids),
  );
}

/** Paths whose bodies are tried broken. */
export const edgeWrites = (ids: ReadonlyMap<string, string>): readonly string[] => [
  '/api/collect',
  '/api/leads',
  '/api/tracking/cookies',
  '/api/tracking/consent',
  `/telegram/webhook/${ids.get('bots')}`,
  `/webhooks/crm/${ids.get('crm-connections')}`,
  `/webhooks/payments/sandbox/${ids.get('gateways')}`,
  '/sign-in',
  '/api/auth/sign-in/email',
  '/try/chat/rastro_demo_bot/write',
  '/api/v1/imports/leads',
  '/api/v1/ad-spend/import?platform=meta',
  '/api/v1/ad-spend/import',
];

/** Texts of which each stands in a CSV's cells. */
export const oddCsv = fc
  .array(fc.constantFrom(...ODD_TEXTS), { minLength: 3, maxLength: 3 })
  .map(
    (cells) =>
      `nome;email;telefone\n${cells.map((cell) => `"${cell.toWellFormed().replaceAll('"', '""')}"`).join(';')}\n`,
  );
