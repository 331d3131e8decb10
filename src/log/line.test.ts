import { describe, expect, it } from 'vitest';
import { readLine, worstLineBytes, writeLine } from './line.ts';

function lineOf(json: string): Buffer {
  const buffer = Buffer.alloc(worstLineBytes(json));
  return buffer.subarray(0, writeLine(buffer, 0, json));
}

describe('a line', () => {
  it('is the CRC-32 of the JSON in eight hex digits, a space, the JSON and a newline', () => {
    // The check value of CRC-32 is that of the digits 1 to 9.
    expect(lineOf('123456789').toString()).toBe('cbf43926 123456789\n');
  });

  it.each(['{}', '"é ✓ 😀"', JSON.stringify({ text: 'a\nb\u0000' }), 'x'.repeat(70_000)])(
    'is read back: %.30s',
    (json) => {
      const line = lineOf(json);
      expect(readLine(line, 0, line.length - 1)).toBe(json);
    },
  );

  it.each([
    ['an empty line', ''],
    ['no JSON', '00000000 '],
    ['a wrong CRC', 'cbf43927 123456789'],
    ['upper-case hex', 'CBF43926 123456789'],
    ['no space', 'cbf43926-123456789'],
    ['no hex', 'cbf4392g 123456789'],
    ['one byte missing', 'cbf43926 12345678'],
  ])('is refused: %s', (_, text) => {
    const bytes = Buffer.from(text);
    expect(readLine(bytes, 0, bytes.length)).toBeNull();
  });
});
