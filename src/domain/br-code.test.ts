import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BrCode, buildBrCode, buildCrc, readBrCode } from './br-code.ts';
import vectors from './br-code-vectors.json' with { type: 'json' };

const EMPTY: BrCode = {
  use: 'reusable',
  key: null,
  description: null,
  withdrawalAgent: null,
  url: null,
  recurrenceUrl: null,
  amountCents: null,
  merchantName: '',
  merchantCity: '',
  txid: null,
};
const STATIC: BrCode = {
  ...EMPTY,
  key: 'someone@example.com',
  merchantName: 'LOJA',
  merchantCity: 'SAO PAULO',
};

describe('BR Code', () => {
  test('the CRC has the check value of its definition', () => {
    expect(buildCrc('123456789')).toBe('29B1');
  });

  for (const vector of vectors) {
    test(`reads and writes: ${vector.name}`, () => {
      const code = { ...EMPTY, ...vector.code } as BrCode;
      expect(readBrCode(vector.text)).toEqual({ kind: 'valid', code });
      expect(buildBrCode(code)).toEqual({ kind: 'built', text: vector.text });
    });
  }

  test.each<[string, Partial<BrCode>, RegExp]>([
    ['accents', { merchantName: 'São José' }, /merchantName/],
    ['a long name', { merchantName: 'x'.repeat(26) }, /merchantName/],
    ['a long city', { merchantCity: 'x'.repeat(16) }, /merchantCity/],
    ['a txid with a hyphen', { txid: 'PEDIDO-42' }, /txid/],
    ['a txid of 26', { txid: 'a'.repeat(26) }, /txid/],
    ['a description that does not fit', { key: 'k'.repeat(77), description: 'x' }, /too long together/],
    ['an amount of a fraction of a cent', { amountCents: 10.5 }, /amountCents/],
    ['zero', { amountCents: 0 }, /amountCents/],
    ['an amount of 14 characters', { amountCents: 10 ** 12 }, /amountCents/],
    ['a url with its scheme', { key: null, url: 'https://x.example/1' }, /url/],
    ['neither key nor url', { key: null }, /needs a key/],
    ['a single-use static code', { use: 'single_use' }, /reusable/],
  ])('refuses to write %s', (_name, change, reason) => {
    const built = buildBrCode({ ...STATIC, ...change });
    expect(built).toEqual({ kind: 'invalid', reason: expect.stringMatching(reason) });
  });

  test('any code that can be written reads back the same', () => {
    const letters = fc.stringMatching(/^[A-Za-z0-9]{1,25}$/);
    fc.assert(
      fc.property(
        letters,
        fc.integer({ min: 1, max: 999_999_999_999 }),
        letters,
        (key, amountCents, txid) => {
          const code = { ...STATIC, key, amountCents, txid };
          const built = buildBrCode(code);
          expect(built.kind === 'built' && readBrCode(built.text)).toEqual({ kind: 'valid', code });
        },
      ),
    );
  });

  test('one wrong character is always found', () => {
    const good = vectors[2]?.text ?? '';
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.constantFrom('0', '7', 'Z', ' '), (at, character) => {
        fc.pre(good[at] !== character);
        const bad = good.slice(0, at) + character + good.slice(at + 1);
        expect(readBrCode(bad).kind).toBe('invalid');
      }),
    );
  });

  test('no text makes the reader throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => readBrCode(text).kind === 'invalid'));
  });
});
