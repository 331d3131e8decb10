import { createHash } from 'node:crypto';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fastify, { type FastifyBaseLogger } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { expect, test } from 'vitest';
import { openLogger } from '../../io/logger.ts';
import { buildSiteScript } from '../site-script/bundle.ts';
import { registerSiteScriptRoutes } from './site-script.ts';

const BUDGET_BYTES = 4096;

const logger = openLogger('silent');
const instance: FastifyBaseLogger = logger;
const app = fastify({ loggerInstance: instance }).withTypeProvider<ZodTypeProvider>();
app.setValidatorCompiler(validatorCompiler);
app.setSerializerCompiler(serializerCompiler);
registerSiteScriptRoutes(app, { logger });

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });

test('the script is within its budget of 4 KB gzip', async () => {
  const { gzip, brotli } = await buildSiteScript();
  expect(gzip.length).toBeLessThanOrEqual(BUDGET_BYTES);
  expect(brotli.length).toBeLessThan(gzip.length);
});

test('the same sources make the same text, so that the name by content holds after a restart', async () => {
  const [one, other] = [await buildSiteScript(), await buildSiteScript()];
  expect(one.plain.equals(other.plain)).toBe(true);
});

test('by its name: for five minutes, for every origin, in what the browser unpacks', async () => {
  const plain = await get('/r.js');
  expect(plain.statusCode).toBe(200);
  expect(plain.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=300, stale-while-revalidate=86400',
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    vary: 'accept-encoding',
  });
  expect(plain.headers['content-encoding']).toBeUndefined();
  const gzip = await get('/r.js', { 'accept-encoding': 'gzip' });
  expect(gzip.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(gzip.rawPayload).toString()).toBe(plain.body);
  const brotli = await get('/r.js', { 'accept-encoding': 'gzip, deflate, br, zstd' });
  expect(brotli.headers['content-encoding']).toBe('br');
  expect(brotliDecompressSync(brotli.rawPayload).toString()).toBe(plain.body);
});

test('by its content: for ever; the hash is the text’s own, and the ETag names it', async () => {
  const named = await get('/r.js');
  const hash = createHash('sha256').update(named.rawPayload).digest('hex').slice(0, 16);
  expect(named.headers.etag).toBe(`"${hash}"`);
  const fixed = await get(`/r.${hash}.js`);
  expect(fixed.body).toBe(named.body);
  expect(fixed.headers['cache-control']).toBe('public, max-age=31536000, immutable');
});

test('a known ETag gets 304 without a body, also when a proxy has weakened it', async () => {
  const { etag } = (await get('/r.js')).headers;
  for (const known of [etag, `W/${etag}`, `"x", ${etag}`]) {
    const answer = await get('/r.js', { 'if-none-match': String(known) });
    expect([answer.statusCode, answer.body, answer.headers.etag]).toEqual([304, '', etag]);
  }
  expect((await get('/r.js', { 'if-none-match': '"other"' })).statusCode).toBe(200);
});

test('a name from before an update leads to the newest script; any other name is not found', async () => {
  const old = await get('/r.0123456789abcdef.js');
  expect([old.statusCode, old.headers.location]).toEqual([302, 'r.js']);
  expect(old.headers['cache-control']).toBe('public, max-age=300');
  for (const url of ['/r.1.js', '/r.0123456789ABCDEF.js', '/r.x', '/rjs', '/r..js']) {
    expect((await get(url)).statusCode).toBe(404);
  }
});
