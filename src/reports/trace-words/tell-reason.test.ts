import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findOwnReason, REASONS, tellReason } from './tell-reason.ts';

const SRC = join(import.meta.dirname, '../..');

function readRoom(room: string): string {
  const files = readdirSync(join(SRC, room), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(SRC, room, file), 'utf8'))
    .join('\n');
}

const SENDERS = ['platforms', 'send', 'gateways', 'payments', 'projections'];
const OTHERS = ['crms', 'crm-sync', 'domain', 'io', 'bot', 'broadcasts'];

/** Said to a caller and of webhooks, and so in no trace. */
const ELSEWHERE = [
  'x-pushinpay-token is missing or is not the webhook_token of this account',
  'x-sandbox-signature is missing or malformed',
  'x-sandbox-signature is wrong',
  'x-sandbox-signature is older than 5 minutes',
  'event 7 is not about a charge',
  'the webhook names no charge',
  'The platform takes no event as old as this one any more.',
];

describe('every reason that the program writes', () => {
  const made = SENDERS.map(readRoom).join('\n');
  const marked = /(?:reason:|reason =|retryRequest\(|sendAgain\(|none\(|holdReason:|NO_\w+ =|TOO_OLD =)\s*/;
  const literal = /(?:'([^'\n]+)'|`([^`\n]+)`|"([^"\n]+)")/;
  const found = [...made.matchAll(new RegExp(marked.source + literal.source, 'g'))]
    .map((match) => (match[1] ?? match[2] ?? match[3] ?? '').replace(/\$\{[^}]*\}/g, '7'))
    .filter((text) => /[a-z] [a-z]/.test(text));

  test('is looked for in the right places', () => {
    expect(found.length).toBeGreaterThan(40);
  });
  test.each([...new Set(found)].filter((text) => !ELSEWHERE.includes(text)))('%s', (text) => {
    expect(findOwnReason(text, 'pt')).not.toBeNull();
  });
});

describe('every reason that is translated', () => {
  const written = [...SENDERS, ...OTHERS].map(readRoom).join('\n').replaceAll("\\'", "'");
  // What stands for want of words, and what SQL puts together, is read as one text.
  const joined = written.replace(/\$\{[^{}]*'([^'{}]+)'[^{}]*\}/g, '$1').replaceAll("' || coalesce('", '');
  const slots = (text: string) => [...text.matchAll(/\{(\w+)/g)].map((slot) => slot[1]).toSorted();

  test.each(REASONS)('%s', (english, portuguese) => {
    expect(portuguese).not.toBe('');
    expect([...new Set(slots(portuguese))]).toEqual([...new Set(slots(english))]);
    const pieces = english.split(/\{\w+\}/).filter((piece) => /[a-z]{2}/i.test(piece));
    expect(pieces.filter((piece) => !written.includes(piece) && !joined.includes(piece))).toEqual([]);
  });
});

test.each([
  ['skipped: consent: the person never chose', 'deixado de fora: consentimento: a pessoa nunca escolheu'],
  [
    'deadline passed; last answer: no answer in time',
    'o prazo acabou; última resposta: sem resposta a tempo',
  ],
  [
    'deadline passed; last answer: Meta 190: Invalid OAuth access token',
    'o prazo acabou; última resposta: “Meta 190: Invalid OAuth access token”',
  ],
  [
    'out of window: it happened 1 days after the visit, this destination looks back 30',
    'fora da janela: aconteceu 1 dia depois da visita, e este destino olha só 30 dias para trás',
  ],
  [
    'out of window: too old, the platform takes visits of the last 90 days',
    'fora da janela: antigo demais, a plataforma só aceita visitas de até 90 dias atrás',
  ],
  [
    'skipped: suspicious: bot score 70 (bot_declared 50, bot_fast_start 20), fraud score 10 (fraud_bot 10)',
    'deixado de fora: pessoa suspeita, com pontuação de robô 70 (marcado como robô 50, start rápido demais 20), pontuação de fraude 10 (marcado como robô 10)',
  ],
  [
    'not believed (paid): the gateway’s charge is over 100 cents BRL, not 1990 BRL',
    'não levado em conta (paga): a cobrança do gateway é de 100 centavos de BRL, e não de 1990 de BRL',
  ],
  [
    'no answer (retry): PushinPay did not answer (timeout: no answer in time)',
    'sem resposta (será consultado de novo): PushinPay não respondeu (tempo esgotado: sem resposta a tempo)',
  ],
  ['no answer (UND_ERR_CONNECT_TIMEOUT)', 'sem resposta (UND_ERR_CONNECT_TIMEOUT)'],
  ['given up after three days; last: HTTP 503', 'desistência depois de três dias; último motivo: HTTP 503'],
  ['HTTP 400: Property "x" does not exist', 'HTTP 400: “Property "x" does not exist”'],
  ['TikTok 40002: no words', 'TikTok 40002: sem explicação'],
  ['Invalid\nparameter', '“Invalid parameter”'],
])('%s, in Portuguese', (english, portuguese) => {
  expect(tellReason(english, 'pt')).toBe(portuguese);
  expect(tellReason(english, 'en')).toBe(english);
});
