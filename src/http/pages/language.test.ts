import { describe, expect, test } from 'vitest';
import { readPageLanguage } from './language.ts';

describe('language', () => {
  test.each([
    ['pt-BR,pt;q=0.9,en-US;q=0.8', 'pt'],
    ['en-US,en;q=0.9,pt;q=0.8', 'en'],
    ['es-AR, pt;q=0.7', 'pt'],
    ['PT', 'pt'],
    ['fr', 'en'],
    ['', 'en'],
    [undefined, 'en'],
    ['pt;q=0, en;q=0.1', 'en'],
    ['pt;q=...., en', 'en'],
  ])('Accept-Language %s is %s', (header, expected) => {
    expect(readPageLanguage(header)).toBe(expected);
  });
});
