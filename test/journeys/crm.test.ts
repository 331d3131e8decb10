import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HubspotSimulator, startHubspot } from '../../src/simulators/hubspot.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../crm-suite/webhook-receiver.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';

type Json = Record<string, unknown>;

const TOKEN = 'very-secret-token';
const CLIENT_SECRET = 'very-secret-client';
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
let server: TestServer;
let hubspot: HubspotSimulator;
let receiver: WebhookReceiver;
let domainId: string;

beforeAll(async () => {
  hubspot = await startHubspot({ token: TOKEN, clientSecret: CLIENT_SECRET });
  receiver = await startWebhookReceiver({ secret: SECRET });
  server = await startTestServer({ env: { HUBSPOT_API_URL: hubspot.url, OUTBOUND_ALLOW: '127.0.0.0/8' } });
  domainId = String((await ask('POST', '/domains', { domain_url: 'https://loja.example' })).domain_id);
});
afterAll(async () => {
  await hubspot.close();
  await receiver.close();
});

async function ask(method: string, path: string, body?: unknown): Promise<Json> {
  const answer = await server.api(method, path, body);
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body as Json;
}

const dataOf = async (path: string): Promise<Json[]> => (await ask('GET', path)).data as Json[];

/** The form of the site, sent by a browser. */
async function sendForm(person: Json): Promise<string> {
  const response = await fetch(`${server.url}/api/leads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'https://loja.example' },
    body: JSON.stringify({ domain_id: domainId, page_url: 'https://loja.example/oferta', ...person }),
  });
  const answer = (await response.json()) as Json;
  expect(response.status, JSON.stringify(answer)).toBe(202);
  return String(answer.lead_id);
}

/** Whether every webhook that a connection took has been looked at. */
async function hasNothingDue(connectionId: unknown): Promise<boolean> {
  const path = `/integrations-log?connection_id=${connectionId}&integration_type=webhook&status=due`;
  return (await dataOf(path)).length === 0;
}

const stagesOf = (leadId: string): Promise<Json[]> => dataOf(`/leads/${leadId}/stages`);

describe('HubSpot', () => {
  it('gets the lead, tells its stages, and the sale becomes an offline conversion', {
    timeout: 90_000,
  }, async () => {
    const connection = await ask('POST', '/crm-connections', {
      kind: 'hubspot',
      credentials: { access_token: TOKEN, client_secret: CLIENT_SECRET },
      settings: { pipeline: 'default', stage_map: { qualifiedtobuy: 'qualified', closedwon: 'won' } },
    });
    expect(JSON.stringify(connection)).not.toContain('very-secret');
    const test = await ask('POST', `/crm-connections/${connection.connection_id}/test`);
    expect(test).toMatchObject({ accepted: true, http_status: 200 });

    const leadId = await sendForm({ name: 'Ana Souza', email: 'ana@exemplo.com.br', phone: '11 91234-5678' });
    const deal = await waitFor('the deal', () =>
      [...hubspot.deals.values()].find((one) => one.properties.dealname?.endsWith(leadId)),
    );
    const [contactId = ''] = deal.contacts;
    expect(hubspot.contacts.get(contactId)?.properties).toMatchObject({
      email: 'ana@exemplo.com.br',
      firstname: 'Ana',
      phone: '+5511912345678',
    });
    const [push] = await waitFor('the push in the log', async () => {
      const rows = await dataOf(`/integrations-log?lead_id=${leadId}&status=success`);
      return rows.length > 0 ? rows : null;
    });
    expect(push).toMatchObject({
      integration_type: 'push',
      integration_name: 'hubspot',
      external_id: deal.id,
    });

    const url = String(connection.webhook_url);
    hubspot.move(deal.id, { dealstage: 'qualifiedtobuy' });
    expect(await hubspot.tell(deal.id, url, { times: 2 })).toEqual([200, 200]);
    expect(await hubspot.tell(deal.id, url, { secret: 'guess' })).toEqual([401]);
    await waitFor('qualified', async () =>
      (await stagesOf(leadId)).some((one) => one.stage_name === 'qualified'),
    );
    hubspot.move(deal.id, { dealstage: 'closedwon', amount: '1234.56', deal_currency_code: 'BRL' });
    expect(await hubspot.tell(deal.id, url, { times: 3 })).toEqual([200, 200, 200]);
    const conversion = await waitFor('the conversion', async () => {
      const [found] = await dataOf(`/offline-conversions?lead_id=${leadId}`);
      return found;
    });
    expect(conversion).toMatchObject({
      conversion_name: 'won',
      conversion_value: '1234.56',
      conversion_currency: 'BRL',
    });
    await waitFor('the repeats to be looked at', () => hasNothingDue(connection.connection_id));
    const names = (await stagesOf(leadId)).map((one) => one.stage_name);
    expect(names.toSorted()).toEqual(['qualified', 'won']);
  });
});

describe('a webhook of one’s own', () => {
  it('gets signed leads, tells stages, and takes a new secret beside the old', {
    timeout: 90_000,
  }, async () => {
    const made = await ask('POST', '/crm-connections', {
      kind: 'webhook',
      credentials: { secret: SECRET },
      settings: { url: `${receiver.url}/leads`, stage_map: { ganho: 'won' }, field_map: { stage: 'fase' } },
    });
    const id = String(made.connection_id);
    const leadId = await sendForm({ name: 'Bia', email: 'bia@exemplo.com.br', external_id: 'pedido-7' });
    const got = await waitFor('the lead', () =>
      receiver.requests.find((one) => one.headers['webhook-id'] === `lead_${leadId}`),
    );
    expect(got.json).toMatchObject({ type: 'lead.created', data: { email: 'bia@exemplo.com.br' } });
    const signed = (secret: string) =>
      `v1,${createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
        .update(`${got.headers['webhook-id']}.${got.headers['webhook-timestamp']}.${got.body}`)
        .digest('base64')}`;
    expect(got.headers['webhook-signature']).toBe(signed(SECRET));

    const rotated = await ask('POST', `/crm-connections/${id}/rotate-secret`);
    const secret = String(rotated.secret);
    expect(secret).toMatch(/^whsec_/);
    const url = String(made.webhook_url);
    const won = { fase: 'Ganho', external_id: 'pedido-7', value: '10.00', currency: 'BRL' };
    expect(await receiver.tell(url, won)).toEqual([200]);
    expect(await receiver.tell(url, won, { secret })).toEqual([200]);
    expect(await receiver.tell(url, won, { secret: `${secret.slice(0, -8)}AAAAAAA=` })).toEqual([401]);
    await waitFor('won', async () => (await stagesOf(leadId)).some((one) => one.stage_name === 'won'));
    await waitFor('the second to be looked at', () => hasNothingDue(id));
    expect((await stagesOf(leadId)).filter((one) => one.stage_name === 'won')).toHaveLength(1);

    expect(await receiver.tell(url, { ...won, fase: 'Frio' }, { secret })).toEqual([200]);
    const [ignored] = await waitFor('the unknown stage', async () => {
      const rows = await dataOf(`/integrations-log?connection_id=${id}&status=ignored`);
      const found = rows.filter((one) => String(one.error_message).includes('"Frio"'));
      return found.length > 0 ? found : null;
    });
    const settings = { stage_map: { ganho: 'won', frio: 'lost' }, field_map: { stage: 'fase' } };
    await ask('PATCH', `/crm-connections/${id}`, { settings });
    await ask('POST', `/integrations-log/${ignored?.log_id}/retry`);
    await waitFor('lost', async () => (await stagesOf(leadId)).some((one) => one.stage_name === 'lost'));
    expect((await server.api('POST', `/integrations-log/${ignored?.log_id}/retry`)).status).toBe(409);
    expect(await ask('DELETE', `/crm-connections/${id}`)).toEqual({ result: 'deactivated' });
    expect(await receiver.tell(url, won, { secret })).toEqual([404]);
  });

  it('is refused in words when something is wrong', async () => {
    const post = async (body: unknown) => server.api('POST', '/crm-connections', body);
    const pathsOf = (answer: { body: unknown }) =>
      ((answer.body as Json).errors as { path: string }[]).map((one) => one.path);
    expect(pathsOf(await post({ kind: 'nobody' }))).toEqual(['kind']);
    expect(pathsOf(await post({ kind: 'webhook', credentials: { secret: 'x' } }))).toEqual([
      'credentials.secret',
    ]);
    const bad = { kind: 'webhook', settings: { url: 'no address', other: 1 } };
    expect(pathsOf(await post(bad)).toSorted()).toEqual(['settings.other', 'settings.url']);
    const made = await post({ kind: 'webhook' });
    expect(made).toMatchObject({
      status: 201,
      body: { secret: expect.stringMatching(/^whsec_/), pushes_leads: false },
    });
    const { connection_id: id } = made.body as Json;
    expect(await ask('GET', `/crm-connections/${id}`)).not.toHaveProperty('secret');
    expect(await ask('DELETE', `/crm-connections/${id}`)).toEqual({ result: 'deleted' });
    expect((await server.api('GET', `/crm-connections/${id}`)).status).toBe(404);
    const email = await ask('POST', '/crm-connections', {
      kind: 'email',
      credentials: { smtp_url: 'smtp://user:very-secret@127.0.0.1:1' },
      settings: { to: 'vendas@exemplo.com.br' },
    });
    expect(email).toMatchObject({ webhook_url: null, pushes_leads: true });
    expect(await ask('POST', `/crm-connections/${email.connection_id}/test`)).toMatchObject({
      accepted: false,
    });
    expect((await server.api('POST', `/crm-connections/${email.connection_id}/rotate-secret`)).status).toBe(
      409,
    );
  });
});
