import { describe, expect, test } from 'vitest';
import { openVault } from './vault.ts';

const KEY = 'first-key-first-key-first-key-32';
const OTHER = 'other-key-other-key-other-key-32';
const CONTEXT = 'bots.telegram_token';

describe('a sealed text', () => {
  test.each(['', 'token', 'ação 🎯', 'x'.repeat(100_000)])('opens again (%#)', (text) => {
    const vault = openVault({ key: KEY });
    expect(vault.open(vault.seal(text, CONTEXT), CONTEXT)).toBe(text);
  });

  test('is another one each time and does not hold the text', () => {
    const vault = openVault({ key: KEY });
    const sealed = vault.seal('a secret token', CONTEXT);
    expect(sealed.equals(vault.seal('a secret token', CONTEXT))).toBe(false);
    expect(sealed.includes('secret')).toBe(false);
  });

  test('says which key is missing', () => {
    const sealed = openVault({ key: OTHER }).seal('text', CONTEXT);
    expect(() => openVault({ key: KEY }).open(sealed, CONTEXT)).toThrow(/sealed with another SECRET_KEY/);
  });

  test('does not open in another place', () => {
    const vault = openVault({ key: KEY });
    expect(() => vault.open(vault.seal('text', CONTEXT), 'bots.webhook_secret')).toThrow(/damaged/);
  });

  test('does not open when any byte has changed or the end is missing', () => {
    const vault = openVault({ key: KEY });
    const sealed = vault.seal('text', CONTEXT);
    for (let at = 0; at < sealed.length; at += 1) {
      const bent = Buffer.from(sealed);
      bent.writeUInt8(bent.readUInt8(at) ^ 1, at);
      expect(() => vault.open(bent, CONTEXT)).toThrow();
      expect(() => vault.open(sealed.subarray(0, at), CONTEXT)).toThrow();
    }
  });
});
