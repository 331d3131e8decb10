import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CrmClient, Push } from '../../src/crms/crm.ts';
import { findCrm } from '../../src/crms/registry.ts';

const CREDENTIALS: Readonly<Record<string, unknown>> = {
  webhook: { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
  hubspot: { access_token: 't', client_secret: 's' },
  pipedrive: { api_token: 't', webhook_user: 'u', webhook_password: 'p' },
  rdstation: { client_id: 'c', client_secret: 's', refresh_token: 'r' },
  salesforce: { client_id: 'c', client_secret: 's', refresh_token: 'r' },
  email: { smtp_url: 'smtp://mail.example:587' },
};
const SETTINGS: Readonly<Record<string, unknown>> = {
  webhook: { url: 'https://x.example/hook' },
  email: { to: 'vendas@exemplo.com.br' },
};

function openClient(id: string): CrmClient {
  const opening = findCrm(id)?.open({
    connectionId: '01900000-0000-7000-8000-000000000000',
    credentials: CREDENTIALS[id],
    settings: SETTINGS[id] ?? {},
    baseUrl: 'https://crm.example',
    token: { accessToken: 'a', instanceUrl: 'https://crm.example', expiresInSeconds: 60, refreshToken: null },
    webhookKey: 'key',
    publicUrl: 'https://rastro.example',
    now: 1_700_000_000_000,
  });
  if (opening?.kind !== 'open') throw new Error(opening?.reason ?? `no CRM ${id}`);
  return opening.client;
}

/** A lead with everything. */
const PUSH: Push = {
  lead: {
    leadId: '01900000-0000-7000-8000-0000000000aa',
    externalId: 'site-7',
    name: 'Ana Maria Souza',
    email: 'ana@exemplo.com.br',
    phone: '+5511912345678',
    company: 'Padaria & Cia',
    message: 'Quero <saber>\nmais',
    formLocation: 'rodape',
    pageUrl: 'https://loja.example/p',
    domain: 'loja.example',
    score: 40,
    createdAt: new Date('2026-11-01T12:00:00Z'),
    utm: { source: 'google', medium: 'cpc', campaign: 'verao', term: null, content: null },
    extensions: { plano: 'ouro' },
  },
  progress: { contactId: null, dealId: null, dealStage: null, done: [] },
  isRepeat: false,
};

const STEPS = [
  'find contact',
  'contact',
  'find person',
  'person',
  'find deal',
  'deal',
  'find lead',
  'conversion',
];

/** Whatever comes over the wire, an adapter answers with a value and never believes rubbish. */
export function describeReading(id: string): void {
  test('no bytes make it throw, and no rubbish is a stage', () => {
    const client = openClient(id);
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.json());
    fc.assert(
      fc.property(anything, fc.integer({ min: 100, max: 599 }), (body, status) => {
        const response = { status, headers: {}, body };
        for (const step of STEPS) client.readPush(step, response, PUSH);
        client.readTest(response);
        client.readToken(response);
        client.readContact(response);
        client.readPoll(response);
        const deal = client.readDeal(response, 'a deal of nobody');
        expect(deal.kind === 'found' && deal.reading.kind === 'change').toBe(false);
        expect(client.readWebhook(body).length).toBeGreaterThan(0);
        const webhook = { method: 'POST', url: 'https://rastro.example/webhooks/crm/x', headers: {} };
        expect(client.verifyWebhook({ ...webhook, rawBody: Buffer.from(body) }).kind).toBe('refused');
      }),
    );
  });

  test.each(findCrm(id)?.base === null ? [] : [401, 403])('HTTP %i means the credentials', (status) => {
    const response = { status, headers: {}, body: '{}' };
    const client = openClient(id);
    expect(client.readTest(response).kind).toBe('unauthorized');
    expect(client.readPush('deal', response, PUSH).kind).toBe('unauthorized');
  });
}
