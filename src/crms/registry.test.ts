import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { crms, findCrm } from './registry.ts';

const NOT_CRMS = [
  'answers.ts',
  'crm.ts',
  'define-crm.ts',
  'oauth.ts',
  'registry.ts',
  'stage-map.ts',
  'standard-webhook.ts',
];

describe('CRM registry', () => {
  test('each file here is a CRM, or a part of one, and each CRM is registered', () => {
    const files = readdirSync(import.meta.dirname)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !NOT_CRMS.includes(file))
      .map((file) => file.slice(0, -3));
    const ids = crms.map((crm) => crm.id);
    const whole = files.filter((file) => !ids.some((id) => file.startsWith(`${id}-`)));
    expect(ids.toSorted()).toEqual(whole.toSorted());
  });

  test('each CRM has vectors', () => {
    const vectors = readdirSync(`${import.meta.dirname}/vectors`).map((file) => file.slice(0, -5));
    expect(vectors.toSorted()).toEqual(crms.map((crm) => crm.id).toSorted());
  });

  test('an unknown id is no CRM', () => {
    expect(findCrm('toString')).toBeUndefined();
  });

  test('credentials with an unknown or a missing field are refused by name, without a value', () => {
    const opening = findCrm('hubspot')?.open({
      connectionId: 'c',
      credentials: { access_token: 'very-secret' },
      settings: { pipeline: 5 },
      baseUrl: 'https://x.example',
      token: null,
      webhookKey: 'k',
      publicUrl: 'https://x.example',
      now: 0,
    });
    const reason = 'HubSpot: check credentials.client_secret, settings.pipeline';
    expect(opening).toEqual({ kind: 'invalid', reason });
  });

  test.each([
    ['webhook', { secret: 'short' }, {}],
    ['webhook', { secret: 'whsec_AAAA' }, {}],
    ['webhook', { secret: 'a text that is long enough' }, { url: 'ftp://x.example' }],
    ['webhook', { secret: 'a text that is long enough' }, { url: 'https://u:p@x.example' }],
    ['webhook', { secret: 'a text that is long enough' }, { stage_map: { a: 'b' } }],
    ['webhook', { secret: 'a text that is long enough' }, { field_map: { x: 'y' } }],
    ['email', { smtp_url: 'https://x.example' }, { to: 'a@b.example' }],
    ['email', { smtp_url: 'smtp://x.example' }, { to: 'not an address' }],
  ])('%s refuses %j %j', (id, credentials, settings) => {
    const crm = findCrm(id);
    const isTaken =
      crm?.credentials.safeParse(credentials).success && crm.settings.safeParse(settings).success;
    expect(isTaken).toBe(false);
  });
});
