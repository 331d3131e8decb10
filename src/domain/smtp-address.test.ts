import { expect, test } from 'vitest';
import { isSmtpUrl, readSmtpUser } from './smtp-address.ts';

test.each([
  ['smtp://mail.example', true],
  ['smtps://user:p%40ss@mail.example:465', true],
  ['https://mail.example', false],
  ['smtp://', false],
  // Sending would fail on it for ever, as if the server were away.
  ['smtp://user:%zz@mail.example', false],
  ['smtp://%ff@mail.example', false],
])('%s', (text, isOne) => {
  expect(isSmtpUrl(text)).toBe(isOne);
});

test('the user is told unescaped, and is empty where it cannot be', () => {
  expect(readSmtpUser('smtp://ana%40loja.example:x@mail.example')).toBe('ana@loja.example');
  expect(readSmtpUser('smtp://%zz@mail.example')).toBe('');
  expect(readSmtpUser('nowhere')).toBe('');
});
