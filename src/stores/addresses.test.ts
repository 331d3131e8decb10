import { expect, it } from 'vitest';
import { readMemcachedAddress } from './memcached-address.ts';
import { readRedisAddress } from './redis-address.ts';

const NO_LOGIN = { username: null, password: null };

it.each([
  ['redis://localhost', { kind: 'single', node: { host: 'localhost', port: 6379 }, db: 0, isTls: false }],
  ['redis://10.0.0.1:7000/3', { kind: 'single', node: { host: '10.0.0.1', port: 7000 }, db: 3 }],
  ['rediss://me:p%40ss@cache.example.com:6380', { username: 'me', password: 'p@ss', isTls: true }],
  ['redis://:secret@[::1]:6379', { node: { host: '::1', port: 6379 }, username: null, password: 'secret' }],
  [
    'redis+sentinel://:s@one,two:26380/main/2?sentinel_password=t',
    {
      kind: 'sentinel',
      sentinels: [
        { host: 'one', port: 26_379 },
        { host: 'two', port: 26_380 },
      ],
      master: 'main',
      sentinelPassword: 't',
      db: 2,
      password: 's',
    },
  ],
  ['redis+cluster://a:7000', { kind: 'cluster', nodes: [{ host: 'a', port: 7000 }], ...NO_LOGIN }],
  [
    'redis://a:7000,b:7001',
    {
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 7001 },
      ],
    },
  ],
  [
    'redis://a:1,redis://b:2',
    {
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
    },
  ],
])('reads %s', (text, expected) => {
  expect(readRedisAddress(text)).toMatchObject(expected);
});

it.each([
  'http://localhost',
  'redis://',
  'redis://host:0',
  'redis://host:70000',
  'redis://host/zero',
  'redis+sentinel://one,two',
  'redis://a,b/3',
  'redis://%zz@host',
  'redis://ho st',
  '',
])('refuses %j as an address of Redis', (text) => {
  expect(readRedisAddress(text)).toBeNull();
});

it.each([
  ['localhost', [{ host: 'localhost', port: 11_211 }], null],
  [
    '10.0.0.1:1,10.0.0.2',
    [
      { host: '10.0.0.1', port: 1 },
      { host: '10.0.0.2', port: 11_211 },
    ],
    null,
  ],
  ['memcached://u:p@cache:11', [{ host: 'cache', port: 11 }], { username: 'u', password: 'p' }],
])('reads %s', (text, nodes, login) => {
  expect(readMemcachedAddress(text)).toEqual({ nodes, login });
});

it.each(['', 'redis://host', 'host:x', 'u@host', 'a,,b'])('refuses %j as an address of Memcached', (text) => {
  expect(readMemcachedAddress(text)).toBeNull();
});
