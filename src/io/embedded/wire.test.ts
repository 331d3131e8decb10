import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildError, buildMessage, ClientReader, eachServerMessage, readText } from './wire.ts';

const startup = Buffer.from([0, 0, 0, 9, 0, 3, 0, 0, 0]);

describe('ClientReader', () => {
  it('reads the same messages however the bytes arrive', () => {
    const message = fc.tuple(fc.constantFrom('Q', 'P', 'B', 'S'), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.integer({ min: 1, max: 50 })), (messages, cuts) => {
        const stream = Buffer.concat(messages.map(([type, body]) => buildMessage(type, Buffer.from(body))));
        const reader = new ClientReader();
        const read: [string, Buffer][] = [];
        let at = 0;
        for (const size of [...cuts, stream.length]) {
          reader.push(stream.subarray(at, at + size));
          at += size;
          for (let next = reader.next(); next !== null; next = reader.next()) {
            read.push([next.type, next.bytes.subarray(5)]);
          }
        }
        expect(read).toEqual(messages.map(([type, body]) => [type, Buffer.from(body)]));
      }),
    );
  });

  it.each([
    ['startup', startup],
    ['startup', Buffer.from([0, 0, 0, 9, 0, 3, 0, 2, 0])],
    ['encryption', Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])],
    ['cancel', Buffer.from([0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 2])],
    ['unknown-protocol', Buffer.from([0, 0, 0, 8, 0, 2, 0, 0])],
    ['unknown-protocol', Buffer.from([0, 0, 0, 4])],
    [null, startup.subarray(0, 6)],
  ])('sees %s in an opening packet', (opening, bytes) => {
    const reader = new ClientReader();
    reader.push(bytes);
    expect(reader.opening()).toBe(opening);
  });

  it('refuses impossible lengths before it waits for them', () => {
    const opening = new ClientReader();
    opening.push(Buffer.from('GET / HTTP/1.1'));
    expect(() => opening.opening()).toThrow('impossible length');
    const message = new ClientReader();
    message.push(Buffer.from([0x51, 0xff, 0xff, 0xff, 0xff]));
    expect(() => message.next()).toThrow('impossible length');
  });
});

describe('what the server says', () => {
  it('is read message by message', () => {
    const seen: string[] = [];
    const error = buildError({ severity: 'ERROR', code: '55P03', message: 'no', hint: 'because' });
    eachServerMessage(Buffer.concat([error, buildMessage('C', 'SELECT 1')]), (type, body) => {
      seen.push(`${type} ${readText(body, 0).text}`);
    });
    expect(seen).toEqual(['E SERROR', 'C SELECT 1']);
    expect(error.toString('latin1')).toContain('C55P03\0Mno\0Hbecause\0\0');
  });
});
