import { describe, expect, it } from 'vitest';
import { maskText } from './logger.ts';

describe('words of an error', () => {
  it.each([
    ['invalid input: "ana.souza+x@padaria.example"', 'invalid input: "[e-mail]"'],
    ['to ana%40padaria.example failed', 'to [e-mail] failed'],
    ['from 189.12.34.56 and 2804:14c:1:2::5', 'from [address] and [address]'],
    ['connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED 127.0.0.1:5432'],
    ['connect ECONNREFUSED ::1:5432 at 10:20:30', 'connect ECONNREFUSED ::1:5432 at 10:20:30'],
    ['click 0123456789abcdef0123456789abcdef', 'click [token]'],
    ['bot123456789:AAHk3xT0kenOfTheBotApi-abcdefghijklm/getMe', 'bot[token]/getMe'],
    ['key rastro_0123456789abcdefghijklmnop', 'key [token]'],
    ['call +55 (11) 99999-8888 or 5511999998888', 'call [phone] or [phone]'],
    ['duplicate key value violates "leads_pkey"', 'duplicate key value violates "leads_pkey"'],
    ['at file:///app/src/io/vault.ts:59:11', 'at file:///app/src/io/vault.ts:59:11'],
  ])('%s', (text, expected) => {
    expect(maskText(text)).toBe(expected);
  });
});
