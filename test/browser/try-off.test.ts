import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { startTestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';

const secrets = () => ({
  SECRET_KEY: randomBytes(32).toString('base64url'),
  IP_HASH_SALT: randomBytes(32).toString('base64url'),
});

test('in production there is neither a demonstration nor a simulator, whatever a development start left', async () => {
  const kept = secrets();
  const server = await startTestServer({ env: kept });
  await waitFor('the demonstration', async () => (await fetch(`${server.url}/go/demo`)).ok);
  await server.restart({ NODE_ENV: 'production' });
  for (const path of [
    '/try',
    '/try/meta',
    '/try/meta/fbevents.js',
    '/try/chat/rastro_demo_bot',
    '/go/demo',
  ]) {
    expect([path, (await fetch(server.url + path)).status]).toEqual([path, 404]);
  }
  const posted = await fetch(`${server.url}/try/meta/v26.0/100200300400500/events`, { method: 'POST' });
  expect(posted.status).toBe(404);
});

test('nobody but the demonstration can use the simulators', async () => {
  const server = await startTestServer();
  const telegram = await fetch(`${server.url}/try/telegram/bot4000000000001:AAguessed/getMe`);
  expect([telegram.status, await telegram.json()]).toEqual([
    401,
    { ok: false, error_code: 401, description: 'Unauthorized' },
  ]);
  const meta = await fetch(`${server.url}/try/meta/v26.0/100200300400500/events`, {
    method: 'POST',
    headers: { authorization: 'Bearer EAAguessed' },
    body: JSON.stringify({ data: [] }),
  });
  expect(meta.status).toBe(401);
});
