import { expect, test } from 'vitest';
import { readEmailKind } from './lead-email.ts';

test.each([
  ['ana@gmail.com', false, false],
  ['ana@uol.com.br', false, false],
  ['ana@bol.com.br', false, false],
  ['ana@mailinator.com', false, true],
  ['ana@empresa.com.br', true, false],
  ['ana@mail.gmail.com.empresa.com', true, false],
])('%s', (email, isBusiness, isDisposable) => {
  expect(readEmailKind(email)).toEqual({ domain: email.slice(4), isBusiness, isDisposable });
});
