import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildBatch } from '../../../test/fixtures/collect-bodies.ts';
import { type CollectServer, openCollectServer, SITE } from '../../../test/fixtures/collect-server.ts';

let server: CollectServer;

beforeAll(async () => {
  server = await openCollectServer();
});
beforeEach(() => server.reset());
afterAll(() => server.close());

const collect = (body: unknown, headers: Record<string, string> = {}) =>
  server.send('/api/collect', { body, headers });

describe('origins', () => {
  const CORS = 'access-control-allow-origin';
  const preflight = (origin: string) =>
    server.send('/api/collect', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });

  test.each(SITE.origins)('%s of the domain is served and may read the answer', async (origin) => {
    const { status, headers } = await collect(buildBatch(), { origin });
    expect({ status, allowed: headers[CORS], vary: headers.vary }).toEqual({
      status: 202,
      allowed: origin,
      vary: 'origin',
    });
    const asked = await preflight(origin);
    expect(asked.status).toBe(204);
    expect(asked.headers).toMatchObject({
      [CORS]: origin,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type',
    });
  });

  test.each([
    'https://evil.example',
    'http://site.example',
    'https://site.example:8443',
    'https://site.example.evil.example',
    'https://SITE.example',
    'null',
    '*',
    '',
  ])('%j is foreign: 403 without CORS headers', async (origin) => {
    const { status, headers } = await collect(buildBatch(), { origin });
    expect({ status, allowed: headers[CORS] }).toEqual({ status: 403, allowed: undefined });
    const asked = await preflight(origin);
    expect({ status: asked.status, allowed: asked.headers[CORS] }).toEqual({
      status: 403,
      allowed: undefined,
    });
    expect(server.facts).toEqual([]);
  });

  test('of another domain of ours are foreign too', async () => {
    const { status, headers } = await collect(buildBatch(), { origin: 'https://other.example' });
    expect({ status, allowed: headers[CORS] }).toEqual({ status: 403, allowed: undefined });
    expect((await preflight('https://closed.example')).status).toBe(403);
  });

  test('of a site may read why a body was refused', async () => {
    const { status, headers } = await collect('{', { origin: 'https://site.example' });
    expect({ status, allowed: headers[CORS] }).toEqual({ status: 400, allowed: 'https://site.example' });
  });

  test('that are absent are fine: a server posts', async () => {
    const { status, headers } = await collect(buildBatch());
    expect({ status, allowed: headers[CORS] }).toEqual({ status: 202, allowed: undefined });
  });

  test.each(['GET', 'PUT', 'DELETE', 'HEAD'])('%s is not taken', async (method) => {
    const { status, headers } = await server.send('/api/collect', { method });
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'POST, OPTIONS' });
  });
});
