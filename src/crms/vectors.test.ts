import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CrmClient, PushProgress, PushStep } from './crm.ts';
import { crms, findCrm } from './registry.ts';

/** A request as a vector has it: the body as JSON where it is JSON. */
interface RequestVector {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface Vectors {
  readonly credentials: unknown;
  readonly settings: unknown;
  readonly token: string | null;
  readonly pushes: readonly {
    readonly name: string;
    readonly lead?: Readonly<Record<string, unknown>>;
    readonly progress: PushProgress;
    readonly isRepeat: boolean;
    readonly step: string;
    readonly request?: RequestVector;
    readonly mail?: unknown;
    readonly reason?: string;
  }[];
  readonly webhooks: readonly { readonly name: string; readonly body: unknown; readonly readings: unknown }[];
  readonly deals: readonly {
    readonly name: string;
    readonly id: string;
    readonly body: unknown;
    readonly answer: unknown;
  }[];
  readonly polls: readonly { readonly page: string | null; readonly request: RequestVector }[];
}

const LEAD = {
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
};

const readVectors = (id: string): Vectors =>
  JSON.parse(readFileSync(`${import.meta.dirname}/vectors/${id}.json`, 'utf8'));

function openClient(id: string, vectors: Vectors): CrmClient {
  const opening = findCrm(id)?.open({
    connectionId: '01900000-0000-7000-8000-0000000000cc',
    credentials: vectors.credentials,
    settings: vectors.settings,
    baseUrl: 'https://crm.example',
    token: vectors.token
      ? { accessToken: vectors.token, instanceUrl: null, expiresInSeconds: 60, refreshToken: null }
      : null,
    webhookKey: 'key',
    publicUrl: 'https://rastro.example',
    now: 1_614_265_330_000,
  });
  if (opening?.kind !== 'open') throw new Error(opening?.reason ?? `no CRM ${id}`);
  return opening.client;
}

function showRequest(step: PushStep): unknown {
  if (step.kind !== 'request') return step.kind === 'mail' ? step.mail : undefined;
  const { body, ...rest } = step.request;
  return { ...rest, body: readBody(body) };
}

function readBody(body: string | null): unknown {
  return body?.startsWith('{') ? JSON.parse(body) : body;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(crms.map((crm) => crm.id))('%s', (id) => {
  const vectors = readVectors(id);
  const client = openClient(id, vectors);

  test.each(vectors.pushes)('push: $name', ({ progress, isRepeat, step, request, mail, reason, lead }) => {
    const built = client.buildPush({ lead: { ...LEAD, ...lead }, progress, isRepeat });
    expect(built.kind === 'request' || built.kind === 'mail' ? built.name : built.kind).toBe(step);
    expect(plain(showRequest(built) ?? null)).toEqual(plain(request ?? mail ?? null));
    if (built.kind === 'skip') expect(built.reason).toBe(reason);
  });

  if (vectors.webhooks.length > 0) {
    test.each(vectors.webhooks)('webhook: $name', ({ body, readings }) => {
      const raw = typeof body === 'string' ? body : JSON.stringify(body);
      const read = client.readWebhook(raw);
      expect(plain(read.map(({ raw: _raw, ...reading }) => reading))).toEqual(readings);
      // Each reading can be stored by itself and read again.
      for (const reading of read) expect(client.readWebhook(reading.raw)).toEqual([reading]);
    });
  }

  if (vectors.deals.length > 0) {
    test.each(vectors.deals)('deal: $name', ({ id: dealId, body, answer }) => {
      const response = { status: 200, headers: {}, body: JSON.stringify(body) };
      expect(plain(client.readDeal(response, dealId))).toEqual(answer);
    });
  }

  if (vectors.polls.length > 0) {
    test.each(vectors.polls)('poll: page $page', ({ page, request }) => {
      const built = client.buildPoll({ since: new Date('2026-11-01T00:00:00Z'), page });
      expect(built && { ...built, body: readBody(built.body) }).toEqual(request);
    });
  }
});
