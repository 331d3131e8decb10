import { expect, test } from 'vitest';
import { readStreamAddress } from './stream-settings.ts';

const NOBODY = { user: null, password: null, isTls: false };

const GOOD: readonly [string, ReturnType<typeof readStreamAddress>][] = [
  ['nats://one', { ...NOBODY, servers: ['one:4222'] }],
  ['nats://one:5000,two,three:4222', { ...NOBODY, servers: ['one:5000', 'two:4222', 'three:4222'] }],
  ['nats://one,nats://two', { ...NOBODY, servers: ['one:4222', 'two:4222'] }],
  ['tls://[::1]:4222/', { ...NOBODY, isTls: true, servers: ['[::1]:4222'] }],
  ['nats://me:p%40ss@one', { user: 'me', password: 'p@ss', isTls: false, servers: ['one:4222'] }],
  [
    'nats://token@one,two',
    { user: 'token', password: null, isTls: false, servers: ['one:4222', 'two:4222'] },
  ],
];

test.each(GOOD)('%s is read', (text, address) => {
  expect(readStreamAddress(text)).toEqual(address);
});

test.each([
  '',
  'nats://',
  'redis://one',
  'nats://one:0',
  'nats://one:99999',
  'nats://one,,two',
  'nats://%zz@one',
  'one',
])('"%s" is refused', (text) => {
  expect(readStreamAddress(text)).toBeNull();
});
