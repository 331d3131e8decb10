import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { buildIpHash } from '../../src/domain/ip-hash.ts';
import { buildVisitorId } from '../../src/domain/visitor-id.ts';
import { waitFor } from '../support/wait-for.ts';
import { ask, clickAd, type Json, openSalesWorld, type SalesWorld } from './sales-world.ts';

const OLD = 'the salt of before of this journey, long enough for it';
const NEW = 'the salt of after of this journey, long enough for it';
const SECRET_KEY = 'the secret key of this journey, long enough for it';
const SITE = 'https://loja.example';
const IP = '189.55.66.99';
const BROWSER =
  'Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36';

let world: SalesWorld;
let domainId = '';

beforeAll(async () => {
  world = await openSalesWorld({ SECRET_KEY, IP_HASH_SALT: OLD, TRUST_PROXY: '1' });
  const made = await ask(world.server, 'POST', '/domains', { domain_name: 'Loja', domain_url: SITE });
  domainId = String(made.domain_id);
});

function rastro(env: Readonly<Record<string, string>>, ...words: string[]) {
  const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
  const { dataDir, env: own } = world.server.database;
  const run = spawnSync(process.execPath, [main, ...words], {
    ...{ encoding: 'utf8', cwd: dataDir },
    env: { PATH: process.env.PATH, ...own, SECRET_KEY, ...env },
  });
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
}

async function hashOfClick(): Promise<unknown> {
  const { token } = await clickAd(world, 'utm_source=facebook', { 'x-forwarded-for': IP });
  const row = await waitFor('the click', async () => {
    const { status, body } = await world.server.api('GET', `/clicks/${token}`);
    return status === 200 ? (body as Json) : null;
  });
  return row.ip_hash;
}

async function visit(sessionId: string): Promise<void> {
  const now = new Date().toISOString();
  const item = { type: 'page_view', id: randomUUID(), occurred_at: now, page_url: `${SITE}/` };
  const answer = await fetch(`${world.server.url}/api/collect`, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', origin: SITE, 'x-forwarded-for': IP },
      ...{ 'user-agent': BROWSER, 'accept-language': 'pt-BR' },
    },
    body: JSON.stringify({ domain_id: domainId, session_id: sessionId, sent_at: now, items: [item] }),
  });
  expect(answer.status).toBe(202);
}

const visitorOf = (salt: string) => buildVisitorId(salt, { ip: IP, userAgent: BROWSER, domainId });

const sessionsOf = (salt: string, count: number) =>
  waitFor(`${count} sessions of the visitor`, async () => {
    const { status, body } = await world.server.api('GET', `/visitors/${visitorOf(salt)}/journey`);
    return status === 200 && ((body as Json).sessions as Json[]).length === count;
  });

it('the salt of addresses changes beside a running server, and everybody is still who they were', async () => {
  expect(await hashOfClick()).toBe(buildIpHash(OLD, IP));
  await visit('before');
  await sessionsOf(OLD, 1);
  const run = rastro({ IP_HASH_SALT: NEW, IP_HASH_SALT_PREVIOUS: OLD }, 'ip-salt', 'rotate', '--json');
  expect(run.status, run.stderr).toBe(0);
  expect(JSON.parse(run.stdout)).toMatchObject({ is_new: true, counts: { addresses: 1, visitors: 1 } });
  // The server has not been started again.
  expect(await hashOfClick()).toBe(buildIpHash(NEW, IP));
  await visit('after');
  await sessionsOf(NEW, 2);
  await sessionsOf(OLD, 2);
  const doctor = JSON.parse(rastro({ IP_HASH_SALT: OLD }, 'doctor', '--json').stdout) as Json[];
  expect(doctor.find((finding) => finding.check === 'address salt')).toMatchObject({ state: 'warning' });
  await world.server.restart({ IP_HASH_SALT: NEW });
  expect(await hashOfClick()).toBe(buildIpHash(NEW, IP));
});
