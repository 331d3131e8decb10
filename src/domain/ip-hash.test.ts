import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { buildIpHash, readIp } from './ip-hash.ts';

test.each([
  ['189.1.2.3', '189.1.2.3'],
  ['::ffff:189.1.2.3', '189.1.2.3'],
  ['::FFFF:bd01:203', '189.1.2.3'],
  ['2001:0DB8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::1', '::1'],
  ['1', null],
  ['189.1.2.03', null],
  ['189.1.2.3:80', null],
  ['', null],
  [null, null],
])('%s is %s', (text, expected) => expect(readIp(text)).toBe(expected));

test('the hash is keyed, and the same for every spelling of an address', () => {
  const expected = createHmac('sha256', 'salt').update('189.1.2.3').digest('hex').slice(0, 16);
  expect(buildIpHash('salt', '::ffff:189.1.2.3')).toBe(expected);
  expect(buildIpHash('other', '189.1.2.3')).not.toBe(expected);
  expect(buildIpHash('salt', 'nowhere')).toBeNull();
});
