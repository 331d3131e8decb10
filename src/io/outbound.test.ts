import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HttpRequest } from '../domain/http-message.ts';
import { openLogger } from './logger.ts';
import { type Outbound, openOutbound } from './outbound.ts';
import { buildAddressGuard, buildGuardedLookup } from './outbound-guard.ts';

const logger = openLogger('silent');
let server: Server;
let base: string;
let connections = 0;
let strict: Outbound;
let open: Outbound;

const answers: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  '/ok': (_request, response) => response.setHeader('X-Id', '7').end('{"fine":true}'),
  '/slow': () => undefined,
  '/redirect': (_request, response) => response.writeHead(302, { location: '/ok' }).end(),
  '/hang-up': (request) => request.socket.destroy(),
  '/half': (request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"events', () => request.socket.destroy());
  },
  '/endless': (_request, response) => {
    const timer = setInterval(() => response.write('x'.repeat(64 * 1024)), 1);
    response.on('close', () => clearInterval(timer));
  },
  '/drip': (_request, response) => {
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  },
};

beforeAll(async () => {
  server = createServer((request, response) => answers[request.url ?? '']?.(request, response));
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  strict = openOutbound({ allowPrivate: [], logger });
  open = openOutbound({ allowPrivate: ['127.0.0.0/8', '::1/128'], logger });
});

afterAll(async () => {
  await Promise.all([strict.close(), open.close()]);
  server.closeAllConnections();
  server.close();
});

const get = (url: string): HttpRequest => ({ method: 'GET', url, headers: {}, body: null });
/** More than a busy machine takes for an answer that comes. */
const PATIENT_MS = 30_000;
const vendor = { timeoutMs: PATIENT_MS, trust: 'vendor' } as const;
const user = { timeoutMs: PATIENT_MS, trust: 'user' } as const;

describe('answers and failures', () => {
  test('an answer is a value, and connections are kept', async () => {
    const before = connections;
    for (let call = 0; call < 5; call++) await strict.send(get(`${base}/ok`), vendor);
    const result = await strict.send(get(`${base}/ok`), vendor);
    expect(result).toMatchObject({ kind: 'answer', response: { status: 200, body: '{"fine":true}' } });
    expect(result.kind === 'answer' && result.response.headers['x-id']).toBe('7');
    expect(connections - before).toBeLessThan(4);
  });

  test('redirects are answers, not orders', async () => {
    const result = await strict.send(get(`${base}/redirect`), vendor);
    expect(result).toMatchObject({ kind: 'answer', response: { status: 302 } });
  });

  test.each([
    ['/slow', 'timeout', 300],
    ['/drip', 'timeout', 300],
    ['/hang-up', 'network', PATIENT_MS],
    ['/half', 'network', PATIENT_MS],
    ['/endless', 'too_large', PATIENT_MS],
  ])('%s fails as %s', async (path, failure, timeoutMs) => {
    const result = await strict.send(get(`${base}${path}`), { timeoutMs, trust: 'vendor' });
    expect(result).toMatchObject({ kind: 'failure', failure });
  });

  test('no detail holds the address or a header', async () => {
    const token = 'bot123:SECRET';
    const results = await Promise.all([
      strict.send(get(`http://127.0.0.1:1/${token}`), vendor),
      strict.send(get(`nonsense ${token}`), vendor),
      strict.send({ ...get(`${base}/ok`), headers: { authorization: `${token}\r\nx: y` } }, vendor),
    ]);
    expect(results.map((result) => result.kind)).toEqual(['failure', 'failure', 'failure']);
    expect(JSON.stringify(results)).not.toContain('SECRET');
  });
});

describe('addresses that users give', () => {
  test.each([
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://localhost/',
    'https://169.254.169.254/latest/meta-data',
    'https://8.8.8.8/',
    'http://example.invalid:80@localhost/',
    'file:///etc/passwd',
    'https://user:password@example.invalid/',
  ])('%s is blocked', async (url) => {
    expect(await strict.send(get(url), user)).toMatchObject({ kind: 'failure', failure: 'blocked' });
  });

  test('http to a private address is blocked, and reached where the operator allows it', async () => {
    const byName = `${base.replace('127.0.0.1', 'localhost')}/ok`;
    expect(await strict.send(get(`${base}/ok`), user)).toMatchObject({ failure: 'blocked' });
    expect(await strict.send(get(byName), user)).toMatchObject({ failure: 'blocked' });
    expect(await open.send(get(`${base}/ok`), user)).toMatchObject({ kind: 'answer' });
    expect(await open.send(get(byName), user)).toMatchObject({ kind: 'answer' });
  });
});

test.each([
  ['8.8.8.8', true],
  ['2606:4700::1111', true],
  ['10.1.2.3', false],
  ['100.64.0.1', false],
  ['127.0.0.1', false],
  ['0.0.0.0', false],
  ['169.254.169.254', false],
  ['172.16.0.1', false],
  ['192.0.0.8', false],
  ['192.168.1.1', false],
  ['198.18.0.1', false],
  ['224.0.0.1', false],
  ['240.0.0.1', false],
  ['255.255.255.255', false],
  ['::', false],
  ['::1', false],
  ['fc00::1', false],
  ['fd00:ec2::254', false],
  ['fe80::1', false],
  ['fec0::1', false],
  ['ff02::1', false],
  ['::ffff:127.0.0.1', false],
  ['::ffff:8.8.8.8', true],
  ['::127.0.0.1', false],
  ['2002:7f00:1::', false],
  ['64:ff9b::7f00:1', false],
  ['64:ff9b:1::1', false],
  ['2001:0:4136:e378::', false],
  ['not an address', false],
])('%s may be reached: %s', (address, may) => {
  expect(buildAddressGuard([]).mayReach(address, false)).toBe(may);
});

test('the look-up at connect time leaves no private address', async () => {
  const lookup = buildGuardedLookup(buildAddressGuard([]), false);
  const error = await new Promise((resolve) => lookup('localhost', { all: true }, resolve));
  expect(error).toMatchObject({ code: 'RASTRO_BLOCKED' });
});
