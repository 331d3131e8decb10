import type { Attempt } from './exchange.ts';

const json = { 'content-type': 'application/json' };

/** Bodies that are not what their type says, and types that are nobody's. */
export const BROKEN_BODIES: readonly Pick<Attempt, 'headers' | 'body'>[] = [
  ...[
    '{"a":',
    '',
    'null',
    '[]',
    '"x"',
    '1e999',
    'NaN',
    '{"a":1,"a":2}',
    '{"__proto__":{"x":1}}',
    '{"constructor":{"prototype":{"x":1}}}',
    '\ufeff{}',
    '{"limit":1e999}',
    `${'['.repeat(5000)}${']'.repeat(5000)}`,
    `{"a":"${'x'.repeat(270_000)}"}`,
  ].map((body) => ({ headers: json, body })),
  { headers: json, body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]) },
  ...[
    'text/plain',
    'application/xml',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'application/json; charset=utf-16',
    'application/json;;;',
    'application/x-www-form-urlencoded',
    'text/csv',
    '/',
    'constructor',
    '\xff',
  ].map((type) => ({ headers: { 'content-type': type }, body: '{"a":1}' })),
  { headers: { ...json, 'content-encoding': 'gzip' }, body: '{}' },
  { body: '{}' },
];
