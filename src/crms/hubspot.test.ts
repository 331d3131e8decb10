import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hubspot } from './hubspot.ts';

const NOW = 1_793_000_000_000;
const SECRET = 'client-secret';
const URL = 'https://rastro.example/webhooks/crm/1?a=%2Fb%40c%20d';
/** HubSpot undoes some escapes before it signs, and the blank's is not among them. */
const SIGNED_URL = 'https://rastro.example/webhooks/crm/1?a=/b@c%20d';

const opening = hubspot.open({
  connectionId: 'c',
  credentials: { access_token: 't', client_secret: SECRET },
  settings: {},
  baseUrl: 'https://crm.example',
  token: null,
  webhookKey: 'k',
  publicUrl: 'https://rastro.example',
  now: NOW,
});

function verify(change: { timestamp?: string; signature?: string; url?: string; method?: string } = {}) {
  if (opening.kind !== 'open') throw new Error(opening.reason);
  const timestamp = change.timestamp ?? String(NOW);
  const signature = createHmac('sha256', SECRET).update(`POST${SIGNED_URL}[]${timestamp}`).digest('base64');
  return opening.client.verifyWebhook({
    method: change.method ?? 'POST',
    url: change.url ?? URL,
    rawBody: Buffer.from('[]'),
    headers: {
      'x-hubspot-signature-v3': change.signature ?? signature,
      'x-hubspot-request-timestamp': timestamp,
    },
  }).kind;
}

describe('signature v3', () => {
  test('is over method, registered address, body and time', () => {
    expect(verify()).toBe('verified');
    expect(verify({ timestamp: String(NOW - 299_000) })).toBe('verified');
  });

  test.each([
    ['an old one', { timestamp: String(NOW - 301_000) }],
    ['one of the future', { timestamp: String(NOW + 301_000) }],
    ['a time that is no number', { timestamp: 'NaN' }],
    ['another address', { url: URL.replace('https', 'http') }],
    ['another method', { method: 'PUT' }],
    ['another signature', { signature: 'x' }],
    ['none', { signature: '' }],
  ])('refuses %s', (_what, change) => {
    expect(verify(change)).toBe('refused');
  });
});
