import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createClientIpReader } from './client-ip.ts';

const request = (remoteAddress: string | undefined, forwarded?: string) => ({
  headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  socket: { remoteAddress },
});

describe('client address', () => {
  test.each([
    [null, '10.0.0.1', '198.51.100.9', '10.0.0.1'],
    [0, '10.0.0.1', '198.51.100.9', '10.0.0.1'],
    [null, '::ffff:203.0.113.7', undefined, '203.0.113.7'],
    [null, '::FFFF:cb00:7107', undefined, '203.0.113.7'],
    [null, '2001:DB8:0:0::1', undefined, '2001:db8::1'],
    [null, undefined, undefined, null],
    [1, '10.0.0.1', '198.51.100.9', '198.51.100.9'],
    [1, '10.0.0.1', '1.1.1.1, 198.51.100.9', '198.51.100.9'],
    [2, '10.0.0.1', '1.1.1.1, 198.51.100.9, 10.0.0.2', '198.51.100.9'],
    [2, '10.0.0.1', '198.51.100.9', '198.51.100.9'],
    [1, '10.0.0.1', undefined, '10.0.0.1'],
    [1, '10.0.0.1', 'garbage', '10.0.0.1'],
    [2, '10.0.0.1', 'unknown, 10.0.0.2', '10.0.0.2'],
    [1, '10.0.0.1', '198.51.100.9:4711', '198.51.100.9'],
    [1, '10.0.0.1', '[2001:db8::9]:443', '2001:db8::9'],
    [1, '10.0.0.1', '::ffff:198.51.100.9', '198.51.100.9'],
    [['10.0.0.0/8'], '10.0.0.1', '198.51.100.9', '198.51.100.9'],
    [['10.0.0.0/8'], '192.0.2.1', '198.51.100.9', '192.0.2.1'],
    [['10.0.0.0/8'], '10.0.0.1', '6.6.6.6, 198.51.100.9, 10.9.9.9', '198.51.100.9'],
    [['10.0.0.0/8'], '10.0.0.1', '10.0.0.2, 10.0.0.3', '10.0.0.2'],
    [['fd00::/8', '10.0.0.0/8'], 'fd00::1', '198.51.100.9, ::ffff:10.0.0.3', '198.51.100.9'],
    [['10.0.0.0/8'], '::ffff:10.0.0.1', '198.51.100.9', '198.51.100.9'],
  ] as const)('trust %j, from %s, forwarded %s: %s', (trust, remote, forwarded, expected) => {
    expect(createClientIpReader(trust)(request(remote, forwarded))).toBe(expected);
  });

  test('a forged header never becomes the address of a direct visitor', () => {
    const read = createClientIpReader(['10.0.0.0/8']);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (header) => {
        expect(read(request('203.0.113.7', header))).toBe('203.0.113.7');
      }),
    );
  });

  test('whatever comes from a trusted proxy, the result is an address', () => {
    const read = createClientIpReader(3);
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.ipV4(), fc.ipV6())), (entries) => {
        expect(read(request('10.0.0.1', entries.join(',')))).toMatch(/^[0-9a-f.:]+$/);
      }),
    );
  });
});
