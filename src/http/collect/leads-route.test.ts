import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CollectServer, openCollectServer, SITE } from '../../../test/fixtures/collect-server.ts';
import type { LeadItem } from '../../domain/collect.ts';

let server: CollectServer;

beforeAll(async () => {
  server = await openCollectServer();
});
beforeEach(() => server.reset());
afterAll(() => server.close());

const FORM = 'application/x-www-form-urlencoded';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const postJson = (body: unknown, headers: Record<string, string> = {}) =>
  server.send('/api/leads', { body, headers });

const postForm = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  server.send('/api/leads', {
    body: new URLSearchParams({ domain_id: SITE.domainId, ...fields }).toString(),
    headers: { 'content-type': FORM, origin: 'https://site.example', ...headers },
  });

const lastLead = (): LeadItem => {
  const item = server.facts.at(-1)?.items[0];
  if (item?.type !== 'lead') throw new Error('The last fact is no lead.');
  return item;
};

describe('a lead as JSON', () => {
  test('is recorded under its own id and answered with it', async () => {
    const id = '0190cccc-0000-7000-8000-00000000000C';
    const body = {
      domain_id: SITE.domainId,
      session_id: 's-9',
      id,
      email: 'ana@example.com',
      plan: 'Pro',
      age: 33,
    };
    const { status, json } = await postJson({
      ...body,
      extensions: { plan: 'Max' },
      page_url: 'https://site.example/x',
    });
    expect({ status, json }).toEqual({ status: 202, json: { lead_id: id.toLowerCase() } });
    expect(server.facts[0]).toMatchObject({ sessionId: 's-9', isSpam: false });
    expect(lastLead()).toMatchObject({
      id: id.toLowerCase(),
      email: 'ana@example.com',
      pageUrl: 'https://site.example/x',
      extensions: { plan: 'Max', age: '33' },
    });
  });

  test('without an id or a session gets both, and the page of its Referer', async () => {
    const { json } = await postJson(
      { domain_id: SITE.domainId, phone: 11912345678 },
      { referer: 'https://site.example/?gclid=1' },
    );
    const { lead_id } = json as { lead_id: string };
    expect(lead_id).toMatch(UUID);
    expect(server.facts[0]).toMatchObject({ sessionId: `lead_${lead_id}` });
    expect(lastLead()).toMatchObject({ phone: '11912345678', pageUrl: 'https://site.example/?gclid=1' });
  });

  test.each([
    ['no JSON', '{', 400],
    ['a list', [], 400],
    ['no domain', { email: 'a@b.c' }, 400],
    ['an unknown domain', { domain_id: 'x', email: 'a@b.c' }, 404],
    ['nothing said', { domain_id: SITE.domainId, form_location: 'footer' }, 422],
    ['an e-mail that is no text', { domain_id: SITE.domainId, email: { a: 1 } }, 422],
    ['a session that is none', { domain_id: SITE.domainId, email: 'a@b.c', session_id: 'a b' }, 422],
    [
      'a time far away',
      { domain_id: SITE.domainId, email: 'a@b.c', occurred_at: '2020-01-01T00:00:00Z' },
      422,
    ],
    ['a consent that is none', { domain_id: SITE.domainId, email: 'a@b.c', consent: { ads: 3 } }, 422],
  ])('with %s is refused', async (_name, body, expected) => {
    const { status, headers } = await postJson(body);
    expect({ status, type: headers['content-type'] }).toEqual({
      status: expected,
      type: 'application/problem+json',
    });
    expect(server.facts).toEqual([]);
  });

  test('of a foreign origin is refused without CORS headers', async () => {
    const { status, headers } = await postJson(
      { domain_id: SITE.domainId, email: 'a@b.c' },
      { origin: 'https://evil.example' },
    );
    expect({ status, allowed: headers['access-control-allow-origin'] }).toEqual({
      status: 403,
      allowed: undefined,
    });
  });
});

describe('a plain form', () => {
  test('is taken in Portuguese, its other fields kept, and sent on to the site', async () => {
    const fields = {
      Nome: 'Ana Souza',
      'E-mail': 'ana@example.com',
      whatsapp: '(11) 91234-5678',
      Mensagem: 'Olá',
      empresa: 'Padaria',
      orçamento: 'R$ 500',
      _next: '/obrigado?x=1',
      consent_ads: 'denied',
      page_url: '',
    };
    const { status, headers } = await postForm(fields, { referer: 'https://site.example/form?utm_source=x' });
    expect({ status, to: headers.location }).toEqual({
      status: 303,
      to: 'https://site.example/obrigado?x=1',
    });
    expect(lastLead()).toMatchObject({
      name: 'Ana Souza',
      email: 'ana@example.com',
      phone: '(11) 91234-5678',
      message: 'Olá',
      company: 'Padaria',
      extensions: { orçamento: 'R$ 500' },
      consent: { ads: 'denied', analytics: 'granted' },
      pageUrl: 'https://site.example/form?utm_source=x',
    });
  });

  test('comes as multipart too; its files are left out, its check boxes joined', async () => {
    const form = new FormData();
    for (const [name, value] of [
      ['domain_id', SITE.domainId],
      ['email', 'a@example.com'],
      ['topic', 'a'],
      ['topic', 'b'],
    ])
      form.append(name ?? '', value ?? '');
    form.append('cv', new Blob(['secret']), 'cv.pdf');
    const packed = new Response(form);
    const { status } = await server.send('/api/leads', {
      body: Buffer.from(await packed.arrayBuffer()),
      headers: { 'content-type': packed.headers.get('content-type') ?? '' },
    });
    expect(status).toBe(200);
    expect(lastLead()).toMatchObject({ email: 'a@example.com', extensions: { topic: 'a, b' } });
    expect(JSON.stringify(server.facts)).not.toContain('secret');
  });

  test.each([
    'https://evil.example/',
    '//evil.example/',
    'https://site.example@evil.example/',
    'https://user@site.example/',
    'javascript:alert(1)',
    'https://site.example.evil.example/',
    '\\\\evil.example',
    'http://site.example/',
  ])('never sends anybody to %s', async (_next) => {
    const { status, headers, text } = await postForm({ email: 'a@b.example', _next });
    expect({ status, to: headers.location }).toEqual({ status: 200, to: undefined });
    expect(text).not.toContain('evil');
    expect(server.facts).toHaveLength(1);
  });

  test('without _next gets a page in the person’s language with the way back', async () => {
    const referer = 'https://site.example/a?b=%22%3E%3Cscript%3E';
    const pt = await postForm({ email: 'a@b.example' }, { referer, 'accept-language': 'pt-BR,pt;q=0.9' });
    expect(pt.text).toContain('Recebemos sua mensagem');
    expect(pt.text).toContain('href="https://site.example/a?b=%22%3E%3Cscript%3E"');
    expect(pt.headers['content-security-policy']).toContain("default-src 'none'");
    const en = await postForm({ email: 'a@b.example' }, { referer: 'https://evil.example/' });
    expect(en.text).toContain('We have received your message');
    expect(en.text).not.toContain('evil.example');
  });

  test('sent by a script that asks for JSON gets JSON', async () => {
    const { status, json } = await postForm({ email: 'a@b.example' }, { accept: 'application/json' });
    expect({ status, json }).toEqual({ status: 202, json: { lead_id: expect.stringMatching(UUID) } });
  });

  test('with a filled honeypot looks taken, and is a mark in the log without what was typed', async () => {
    const { status } = await postForm({
      email: 'bot@spam.example',
      message: 'casino',
      session_id: 's-1',
      _gotcha: 'x',
      _next: '/ok',
    });
    expect(status).toBe(303);
    expect(server.facts).toMatchObject([
      { isSpam: true, items: [{ type: 'event', eventType: 'form_spam' }] },
    ]);
    expect(server.facts[0]?.sessionId).toMatch(/^lead_/);
    expect(JSON.stringify(server.facts)).not.toMatch(/casino|spam\.example/);
    await postForm({ email: 'person@example.com', _gotcha: ' ' });
    expect(server.facts[1]?.isSpam).toBe(false);
  });

  test('is limited by address and domain, and says so in words', async () => {
    const now = Date.now();
    // At one moment: the end of ten minutes would bring some of the allowance back.
    server.reset({ clock: { now: () => now } });
    const from = (ip: string) =>
      postForm({ email: 'a@b.example' }, { 'x-forwarded-for': ip, 'accept-language': 'pt' });
    for (let sent = 0; sent < 30; sent += 1) expect((await from('1.1.1.1')).status).toBe(200);
    const { status, headers, text } = await from('1.1.1.1');
    expect(status).toBe(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(text).toContain('Muitos envios');
    expect((await from('2.2.2.2')).status).toBe(200);
    const other = await postJson(
      { domain_id: SITE.domainId, email: 'a@b.c' },
      { 'x-forwarded-for': '1.1.1.1' },
    );
    expect(other.status).toBe(202);
  });

  test.each([
    ['nothing filled in', FORM, `domain_id=${SITE.domainId}&email=`, 422],
    ['no domain', FORM, 'email=a@b.example', 400],
    ['an unknown domain', FORM, 'domain_id=x&email=a@b.example', 404],
    ['a broken multipart', 'multipart/form-data; boundary=x', '--y\r\n', 400],
    ['a multipart without a boundary', 'multipart/form-data', 'x', 400],
    ['broken escapes', FORM, `domain_id=${SITE.domainId}&%E0%A4%A=%zz&email=%ff`, 200],
  ])('with %s is answered by a page', async (_name, type, body, expected) => {
    const { status, headers } = await server.send('/api/leads', { body, headers: { 'content-type': type } });
    expect({ status, type: headers['content-type'] }).toEqual({
      status: expected,
      type: 'text/html; charset=utf-8',
    });
  });
});
