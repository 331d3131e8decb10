import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import fastify, { type FastifyBaseLogger } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Fact } from '../../domain/facts.ts';
import { openLogger } from '../../io/logger.ts';
import type { LogWriter } from '../../log/log-writer.ts';
import type { Registry } from '../../settings/types.ts';
import type { App } from '../deps.ts';
import { registerErrors } from '../errors.ts';
import { BUILDER_PATH } from '../go/bridge-script.ts';
import { registerTrackingRoutes } from './tracking.ts';

const TOKEN = 'a'.repeat(32);
const FBP = 'fb.1.1700000000000.123';
const facts: Fact[] = [];

const log = {
  append: (json: string) => {
    facts.push(JSON.parse(json));
    return Promise.resolve({ kind: 'deferred', reason: 'ENOSPC' } as const);
  },
} as LogWriter;
const registry = {
  bot: (botId: string) => (botId === 'b1' ? { username: 'sample_shop_bot' } : undefined),
} as Registry;

function build(): App {
  const logger: FastifyBaseLogger = openLogger('silent');
  const app = fastify({ loggerInstance: logger }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  registerErrors(app);
  registerTrackingRoutes(app, { log, registry, clock: { now: () => 5 } });
  return app;
}

const post = (path: string, payload: string, type = 'application/json') =>
  build().inject({
    method: 'POST',
    url: `/api/tracking/${path}`,
    payload,
    headers: { 'content-type': type },
  });

beforeEach(() => {
  facts.length = 0;
});

describe('POST /api/tracking/cookies', () => {
  test.each(['application/json', 'text/plain', 'text/plain;charset=UTF-8'])('%s', async (type) => {
    const answer = await post('cookies', JSON.stringify({ tracking_token: TOKEN, _fbp: FBP }), type);
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(facts).toEqual([
      { kind: 'cookies', at: 5, token: TOKEN, fbp: FBP, fbc: null, fbi: null, pageType: null },
    ]);
  });

  test('without a cookie nothing is recorded', async () => {
    expect((await post('cookies', JSON.stringify({ tracking_token: TOKEN }))).statusCode).toBe(204);
    expect(facts).toEqual([]);
  });

  test.each([
    ['no JSON', '{"tracking_token":', 'text/plain'],
    ['no JSON', '{"tracking_token":', 'application/json'],
    ['empty', '', 'text/plain'],
    ['a list', '[]', 'application/json'],
    ['a bad token', '{"tracking_token":"x"}', 'application/json'],
    ['a bad cookie', JSON.stringify({ tracking_token: TOKEN, _fbp: 'x' }), 'text/plain'],
  ])('%s is 400', async (_name, payload, type) => {
    const answer = await post('cookies', payload, type);
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ status: 400 });
    expect(facts).toEqual([]);
  });

  test('names the bad fields', async () => {
    const answer = await post('cookies', JSON.stringify({ tracking_token: TOKEN, _fbp: 'x', _fbc: 'y' }));
    expect(answer.json().errors.map((error: { path: string }) => error.path)).toEqual(['_fbp', '_fbc']);
  });
});

describe('POST /api/tracking/consent', () => {
  const form = (fields: Record<string, string>) =>
    post('consent', new URLSearchParams(fields).toString(), 'application/x-www-form-urlencoded');

  test('by script: 204', async () => {
    const answer = await post(
      'consent',
      JSON.stringify({ tracking_token: TOKEN, ads: 'granted' }),
      'text/plain',
    );
    expect(answer.statusCode).toBe(204);
    expect(facts).toEqual([{ kind: 'consent', at: 5, token: TOKEN, ads: 'granted' }]);
  });

  test('by form: a page with the way on', async () => {
    const answer = await form({ tracking_token: TOKEN, ads: 'denied', bot_id: 'b1' });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(answer.body).toContain(`href="https://t.me/sample_shop_bot?start=${TOKEN}"`);
    expect(facts).toEqual([{ kind: 'consent', at: 5, token: TOKEN, ads: 'denied' }]);
  });

  test('a form with a foreign bot gets no link', async () => {
    const answer = await form({ tracking_token: TOKEN, ads: 'granted', bot_id: 'evil' });
    expect(answer.statusCode).toBe(200);
    expect(answer.body).not.toContain('t.me');
  });

  test.each([
    [{ tracking_token: TOKEN, ads: 'maybe' }, 'ads'],
    [{ tracking_token: 'x', ads: 'granted' }, 'tracking_token'],
  ])('%j is 400', async (fields, path) => {
    const answer = await form(fields);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors[0].path).toBe(path);
    expect(facts).toEqual([]);
  });
});

describe('the parameter builder', () => {
  test('is served packed or plain, to be kept for ever', async () => {
    const plain = await build().inject(BUILDER_PATH);
    const packed = await build().inject({ url: BUILDER_PATH, headers: { 'accept-encoding': 'br, gzip' } });
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(plain.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.rawPayload).equals(plain.rawPayload)).toBe(true);
  });

  test('is the package’s own file, under its own version', async () => {
    const name = 'meta-capi-param-builder-clientjs';
    const require = createRequire(import.meta.url);
    const file = readFileSync(require.resolve(`${name}/dist/clientParamBuilder.bundle.js`));
    const { version } = JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8'));
    expect(BUILDER_PATH).toContain(`/${version}/`);
    expect((await build().inject(BUILDER_PATH)).rawPayload.equals(file)).toBe(true);
  });
});
