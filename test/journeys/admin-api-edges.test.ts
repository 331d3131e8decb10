import { get } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, TEST_API_KEY, type TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

type Json = Record<string, unknown>;

describe('no input makes a 500', () => {
  const send = (init: RequestInit & { type?: string }) =>
    fetch(`${server.url}/api/v1/pools`, {
      method: 'POST',
      ...init,
      headers: {
        authorization: `Bearer ${TEST_API_KEY}`,
        'content-type': init.type ?? 'application/json',
      },
    });

  test.each([
    ['broken JSON', { body: '{"slug":' }, 400],
    ['nothing', { body: '' }, 400],
    ['text', { body: 'x', type: 'text/plain' }, 415],
    ['too much', { body: JSON.stringify({ slug: 'a'.repeat(300_000) }) }, 413],
    ['a list', { body: '[]' }, 422],
    ['NUL', { body: '{"slug":"nul","name":"a\\u0000b"}' }, 422],
    ['half a character', { body: '{"slug":"half","name":"\\ud800"}' }, 422],
    ['a prototype', { body: '{"slug":"p","__proto__":{"x":1}}' }, 400],
    ['depth', { body: `{"slug":"d","page":${'['.repeat(5000)}${']'.repeat(5000)}}` }, 422],
  ])('%s', async (_name, init, status) => {
    const answer = await send(init);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/problem\+json/);
  });

  test.each([
    '/api/v1/pools/%00',
    '/api/v1/visitors/%00/journey',
    '/api/v1/pools/%zz',
    '/api/v1/bots/1',
    '/nowhere',
    '/%ff',
  ])('%s', async (path) => {
    const headers = { authorization: `Bearer ${TEST_API_KEY}` };
    const answer = await fetch(`${server.url}${path}`, { headers });
    expect([400, 404]).toContain(answer.status);
    expect(answer.headers.get('content-type')).toMatch(/problem\+json/);
  });
});

/** The status of a GET whose request line has this target, which no client of the web would send. */
function statusOf(target: string): Promise<number | undefined> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    get({ hostname, port, path: target }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on('error', reject);
  });
}

test.each([
  ['http://[/?lang=pt', 200],
  ['http://[/try/meta/nothing', 404],
  ['http://elsewhere.example:99999/healthz', 200],
  ['http://[/api/auth/get-session', 200],
  ['HTTPS://x?lang=pt', 200],
])('a request line that names a server says its path: %s', async (target, status) => {
  expect(await statusOf(target)).toBe(status);
});

/** What the first start prints of the owner; null before it has. */
function readOwner(): { email: string; password: string } | null {
  const [, email] = /([\w.]+@[\w.]+)/.exec(server.output()) ?? [];
  const [, password] = /((?:[a-z0-9]{5}-){3}[a-z0-9]{5})/.exec(server.output()) ?? [];
  return email === undefined || password === undefined ? null : { email, password };
}

describe('people', () => {
  const signIn = (body: object, origin = server.url) =>
    fetch(`${server.url}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify(body),
    });

  test('sign in with the credentials that the first start printed, and write only from our own pages', async () => {
    const { email, password } = await waitFor('the owner to be announced', readOwner);
    expect((await signIn({ email, password: 'wrong-password' })).status).toBe(401);
    expect((await signIn({ email, password }, 'https://evil.example')).status).toBe(403);
    const answer = await signIn({ email, password });
    expect(answer.status).toBe(200);
    const [cookie = ''] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/HttpOnly/);
    const post = (origin: string | null) =>
      fetch(`${server.url}/api/v1/pools`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          cookie: cookie.split(';')[0] ?? '',
          ...(origin ? { origin } : {}),
        },
        body: JSON.stringify({ slug: `by-person-${Math.random().toString(36).slice(2)}` }),
      });
    expect((await post(server.url)).status).toBe(201);
    expect((await post('https://evil.example')).status).toBe(403);
    expect((await post(null)).status).toBe(403);
  });

  test('cannot sign up', async () => {
    const answer = await fetch(`${server.url}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url },
      body: JSON.stringify({ email: 'a@example.com', password: 'long-enough-1', name: 'A' }),
    });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toMatch(/problem\+json/);
  });

  test.each(['callback/google?code=1', 'error?error=<b>', 'reset-password/x?callbackURL=/'])(
    'find no page of the sign-in library at %s',
    async (path) => {
      const answer = await fetch(`${server.url}/api/auth/${path}`, { redirect: 'manual' });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toMatch(/problem\+json/);
      const lines = server
        .output()
        .split('\n')
        .filter((line) => line.includes('"room":"sign-in"'));
      for (const line of lines) expect(line.match(/"level":/g)).toHaveLength(1);
    },
  );

  test('cannot guess on and on', async () => {
    const guess = () => signIn({ email: 'dona@example.com', password: 'guess-guess' });
    const answers = await Promise.all(Array.from({ length: 15 }, guess));
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('retry-after')).toMatch(/^\d+$/);
  });
});

/** Parts of `/readyz` that are not ok, each as it was told: on a busy machine a part is away for a moment, and comes back. */
async function findPartsInTrouble(): Promise<Record<string, unknown>> {
  const { parts } = (await (await fetch(`${server.url}/readyz`)).json()) as {
    parts: Record<string, { ok: boolean } | null>;
  };
  // A part that this server does not have is null.
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== null && !part.ok));
}

describe('the server tells how it is', () => {
  test('health, metrics, status and its own description', async () => {
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    await waitFor('every part to be well', async () => {
      const trouble = await findPartsInTrouble();
      expect(trouble, JSON.stringify(trouble)).toEqual({});
      return true;
    });
    // What could not be read in time is left out of one answer and stands in the next.
    await waitFor('the metrics', async () => {
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      expect(metrics).toMatch(/^rastro_capture_log_records\{state="durable"\} \d+$/m);
      expect(metrics).toMatch(/^rastro_queue_depth\{queue="deliveries"\} \d+$/m);
      return true;
    });
    expect((await server.api('GET', '/system/status')).body).toMatchObject({ destinations_paused: [] });
    const document = (await (await fetch(`${server.url}/api/docs/openapi.json`)).json()) as { paths: Json };
    for (const route of Object.values(document.paths).flatMap((path) => Object.values(path as Json))) {
      expect(route).toMatchObject({ summary: expect.any(String), description: expect.any(String) });
    }
    expect((await fetch(`${server.url}/api/docs`)).headers.get('content-security-policy')).toMatch(
      /script-src 'self'/,
    );
  });
});
