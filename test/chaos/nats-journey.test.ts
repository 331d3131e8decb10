import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type NatsCluster, startNatsCluster } from '../support/nats-servers.ts';
import { waitFor } from '../support/wait-for.ts';
import { askDoctor } from './doctor.ts';
import { type ClickWorld, openClickWorld } from './server-world.ts';

const SITE = 'https://loja.example';
const ANA = { name: 'Anabela Sertoria', email: 'anabela.sertoria@padaria.example' };
const RUI = { name: 'Ruivaldo Tavares', email: 'ruivaldo.tavares@padaria.example' };

let cluster: NatsCluster;
let world: ClickWorld;
let domainId: string;

beforeAll(async () => {
  cluster = await startNatsCluster(1);
  const env = { CAPTURE_LOG_URL: cluster.url, CAPTURE_LOG_REPLICAS: '1', CAPTURE_LOG_TIMEOUT: '10000' };
  world = await openClickWorld({ env });
  const made = await world.server.api('POST', '/domains', { domain_name: 'Loja', domain_url: SITE });
  domainId = (made.body as { domain_id: string }).domain_id;
});

afterAll(async () => {
  await world.server.kill();
  await cluster.remove();
});

async function isStreamUsed(): Promise<boolean> {
  const ready = await (await fetch(`${world.server.url}/readyz`)).json();
  return (ready as { parts: { capture_stream: { ok: boolean } } }).parts.capture_stream.ok;
}

async function leaveLead(person: typeof ANA): Promise<void> {
  const item = {
    type: 'lead',
    id: randomUUID(),
    occurred_at: new Date().toISOString(),
    page_url: `${SITE}/`,
  };
  const items = [{ ...item, ...person }];
  const batch = { domain_id: domainId, session_id: randomUUID(), sent_at: new Date().toISOString(), items };
  await waitFor('the site to be known', async () => {
    const { status } = await fetch(`${world.server.url}/api/collect`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: SITE },
      body: JSON.stringify(batch),
    });
    return status === 202;
  });
  await waitFor('the lead', async () => (await findLeads(person.email)).length === 1);
}

async function findLeads(email: string): Promise<readonly unknown[]> {
  const { body } = await world.server.api('GET', `/leads?email=${encodeURIComponent(email)}`);
  return (body as { data: unknown[] }).data;
}

const readAll = (directory: string): string =>
  readdirSync(directory)
    .map((name) => join(directory, name))
    .map((path) => (statSync(path).isDirectory() ? readAll(path) : readFileSync(path, 'latin1')))
    .join('');

const readStream = () => cluster.directories.map(readAll).join('');
const readDisk = () => readAll(join(world.server.database.dataDir, 'log'));

it('leads a click through the stream to its bot user', async () => {
  await waitFor('the stream', isStreamUsed);
  const answer = await fetch(`${world.goUrl}?fbclid=journey`, { redirect: 'manual' });
  const token = /start=([0-9a-f]{32})/.exec(answer.headers.get('location') ?? '')?.[1] ?? '';
  const person = world.telegram.makePerson();
  world.telegram.simulator.pressStart(world.bot.username, token, person);
  await waitFor('the click to be folded', async () => {
    return (await world.server.api('GET', `/clicks/${token}`)).status === 200;
  });
  const user = await waitFor('the bot user', async () => {
    const { body } = await world.server.api('GET', `/bot-users?telegram_user_id=${person.id}`);
    return (body as { data: { tracking_session_id: string | null }[] }).data[0];
  });
  expect(user.tracking_session_id).toBe(token);
  expect(readStream()).toContain(token);
  expect(readDisk()).not.toContain(token);
});

it('shows the stream in status, metrics and the doctor', async () => {
  await expect
    .poll(async () => (await world.server.api('GET', '/system/status')).body)
    .toMatchObject({
      readiness: { parts: { capture_stream: { ok: true, replicas: 1, replicas_wanted: 1, diverted: 0 } } },
      capture_log: { missing: null },
    });
  const readMetrics = async () => (await fetch(`${world.server.url}/metrics`)).text();
  await expect.poll(readMetrics).toContain('rastro_capture_stream_up{stream="RASTRO_CAPTURE"} 1');
  await expect.poll(readMetrics).toMatch(/rastro_capture_stream_records\{state="replicated"\} [1-9]/);
  const ask = async () => (await askDoctor(world.server)).find(({ check }) => check === 'capture stream');
  await expect.poll(ask).toMatchObject({ state: 'ok' });
});

it('exports and erases a person of the stream, and leaves the others in it', async () => {
  // In one message, as far as they come at the same time.
  await Promise.all([leaveLead(ANA), leaveLead(RUI)]);
  const exported = await world.server.api('POST', '/privacy/export', { subject: ANA.email });
  const { records } = exported.body as { records: { source: string }[] };
  expect(records.filter(({ source }) => source === 'log:stream')).toHaveLength(1);
  expect(readStream()).toContain(ANA.email);
  // What is not folded yet is masked by the drain, later: the answer tells of what was.
  await waitFor('all to be folded', async () => {
    const { body } = await world.server.api('GET', '/system/status');
    return (body as { capture_log: { lag_bytes: number } }).capture_log.lag_bytes === 0;
  });
  const erased = await world.server.api('POST', '/privacy/erase', { subject: ANA.email });
  expect(erased.status).toBe(200);
  expect(erased.body).toMatchObject({ counts: { log_lines: 1 } });
  const left = readStream();
  expect(left).not.toContain(ANA.email);
  expect(left).not.toContain(ANA.name);
  expect(left).toContain(RUI.email);
  expect(await findLeads(ANA.email)).toEqual([]);
  expect(await findLeads(RUI.email)).toHaveLength(1);
});

it('erases from a stream that was away as soon as it is back', async () => {
  const { server } = world;
  await cluster.nodes[0]?.stop('SIGKILL');
  await waitFor('the server to know', async () => !(await isStreamUsed()));
  const exported = await server.api('POST', '/privacy/export', { subject: RUI.email });
  expect(exported.status).toBe(503);
  const erased = await server.api('POST', '/privacy/erase', { subject: RUI.email });
  expect(JSON.stringify(erased.body)).toContain('could not be reached');
  await cluster.nodes[0]?.start();
  // The drain masks once a minute, and when it starts.
  await server.kill();
  await server.restart();
  await waitFor('the stream to be masked', () => !readStream().includes(RUI.email), { timeoutMs: 90_000 });
});
