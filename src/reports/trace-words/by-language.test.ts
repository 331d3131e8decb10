import { describe, expect, test } from 'vitest';
import { HOP_TEXTS } from './by-language.ts';
import type { HopTexts } from './hop-texts.ts';

/** Every text of a part by its path; a sentence is given values that tell nothing of a language. */
function listTexts(texts: unknown, path = ''): [path: string, text: string][] {
  if (typeof texts === 'string') return [[path, texts]];
  if (typeof texts === 'function')
    return [[path, String(Reflect.apply(texts, null, SAMPLES[path] ?? ['x', 'x', 'x']))]];
  if (typeof texts !== 'object' || texts === null) return [];
  return Object.entries(texts).flatMap(([key, part]) =>
    listTexts(part, path === '' ? key : `${path}.${key}`),
  );
}

const ATTEMPT = {
  attempt: 2,
  platform: 'x',
  result: 'refused',
  reason: 'x',
  httpStatus: 500,
  reference: 'x',
};
const SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  'click.clicked': ['“x”', 'x_bot', false],
  'lead.score': [70],
  'lead.repeats': [2],
  'lead.crm': [{ name: 'x', isPush: true, status: 'x' }],
  'payment.charge': [{ price: '1', product: '“x”', gateway: 'x' }],
  'payment.changed': ['x', 'y', 'z'],
  'conversion.attempt': [ATTEMPT],
  'conversion.goesTo': [2],
  money: ['1234.50', 'BRL'],
};

/** They are the same in both. */
const SAME = ['bot.telegram', 'conversion.outcome'];

describe('every sentence of a trace', () => {
  const [pt, en] = [new Map(listTexts(HOP_TEXTS.pt)), new Map(listTexts(HOP_TEXTS.en))];

  test('is there in both languages', () => {
    expect([...pt.keys()].toSorted()).toEqual([...en.keys()].toSorted());
    expect(pt.size).toBeGreaterThan(120);
  });
  test.each([...pt].filter(([path]) => !SAME.includes(path)))('%s', (path, text) => {
    expect(text.trim()).not.toBe('');
    const other = en.get(path) ?? '';
    expect(text).not.toBe(other);
  });
});

const tell = (words: (texts: HopTexts) => string) => [words(HOP_TEXTS.pt), words(HOP_TEXTS.en)];

test.each<[(texts: HopTexts) => string, string, string]>([
  [({ conversion }) => conversion.goesTo(1), 'Vai para 1 destino.', 'It goes to 1 destination.'],
  [({ conversion }) => conversion.goesTo(0), 'Não vai para nenhum destino.', 'It goes to no destination.'],
  [({ conversion }) => conversion.goesTo(3), 'Vai para 3 destinos.', 'It goes to 3 destinations.'],
  [({ lead }) => lead.repeats(1), ', depois de 1 repetição', ', after 1 repeat'],
  [({ lead }) => lead.repeats(2), ', depois de 2 repetições', ', after 2 repeats'],
  [({ money }) => money('1234.50', 'BRL'), 'R$\u00a01.234,50', '1234.50 BRL'],
  [({ money }) => money('19.90', null), '19,90', '19.90'],
  [({ money }) => money('19.90', 'reais'), '19,90 reais', '19.90 reais'],
  [
    ({ conversion }) => conversion.outcome('deixado de fora: x'),
    'Deixado de fora: x.',
    'Deixado de fora: x.',
  ],
  [({ conversion }) => conversion.note('meta', null), 'Envio para meta anotado.', 'Delivery to meta noted.'],
  [
    ({ click }) => click.clicked(null, null, true),
    'Um visitante clicou em um anúncio de um link que não existe mais e foi direto para um bot que não existe mais.',
    'A visitor clicked an ad of a pool that is gone and was sent straight to a bot that is gone.',
  ],
])('numbers and what is missing are told rightly: %#', (words, portuguese, english) => {
  expect(tell(words)).toEqual([portuguese, english]);
});
