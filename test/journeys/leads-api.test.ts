import { beforeAll, describe, expect, test } from 'vitest';
import { buildId } from '../../src/domain/ids.ts';
import { TEST_API_KEY } from '../support/server.ts';
import { dataOf, type Json, type LeadsApi, openLeadsApi, pathsOf } from './leads-api-world.ts';

const NO_ID = '01900000-0000-7000-8000-000000000000';
let api: LeadsApi;

beforeAll(async () => {
  api = await openLeadsApi();
});

describe('sites', () => {
  test('have an origin, a script tag, and are unique', async () => {
    const { server, domainId, ask } = api;
    const { json } = await ask('GET', `/domains/${domainId}`);
    expect(json).toMatchObject({
      domain_name: 'loja.example',
      domain_url: 'https://loja.example',
      is_active: true,
    });
    expect(json.script_tag).toBe(
      `<script async src="${server.url}/r.js" data-domain="${domainId}"></script>`,
    );
    expect((await ask('POST', '/domains', { domain_url: 'https://loja.example:443' })).status).toBe(409);
    for (const domain_url of [
      'loja.example',
      'ftp://loja.example',
      'https://',
      7,
      'https://a:b@loja.example',
    ]) {
      const { status, json: problem } = await ask('POST', '/domains', { domain_url });
      expect({ status, paths: pathsOf(problem) }).toEqual({ status: 422, paths: ['domain_url'] });
    }
    const changed = await ask('PATCH', `/domains/${domainId}`, {
      allowed_origins: ['https://www.Loja.example/'],
    });
    expect(changed.json.allowed_origins).toEqual(['https://www.loja.example']);
    expect((await ask('GET', `/domains/${NO_ID}`)).status).toBe(404);
    const other = await ask('POST', '/domains', {
      domain_name: 'Outra',
      domain_url: 'https://outra.example',
    });
    expect(
      (await ask('PATCH', `/domains/${other.json.domain_id}`, { domain_url: 'https://loja.example' })).status,
    ).toBe(409);
    expect((await ask('DELETE', `/domains/${other.json.domain_id}`)).json).toEqual({ result: 'deleted' });
  });

  test('have landing pages of their own', async () => {
    const { domainId, ask } = api;
    const page = {
      domain_id: domainId,
      page_url: 'https://www.loja.example/oferta?utm_source=x#a',
      page_name: 'Oferta',
    };
    const made = await ask('POST', '/landing-pages', page);
    expect(made).toMatchObject({
      status: 201,
      json: { page_url: 'https://www.loja.example/oferta', is_control: false },
    });
    expect((await ask('POST', '/landing-pages', page)).status).toBe(409);
    const foreign = await ask('POST', '/landing-pages', { ...page, page_url: 'https://else.example/' });
    expect([foreign.status, pathsOf(foreign.json)]).toEqual([422, ['page_url']]);
    const path = `/landing-pages/${made.json.page_id}`;
    const test_id = buildId();
    const changes = { page_variant: 'B', is_control: true, ab_test_id: test_id };
    expect((await ask('PATCH', path, changes)).json).toMatchObject(changes);
    expect(dataOf((await ask('GET', `/landing-pages?domain_id=${domainId}`)).json)).toHaveLength(1);
    expect((await ask('DELETE', path)).json).toEqual({ result: 'deleted' });
  });
});

describe('leads', () => {
  test('are found, shown in the clear to writers and masked to readers, and each look is written down', async () => {
    const { server, database, domainId, readKey, ask, makeLead } = api;
    const lead = await makeLead('Maria Silva', 'maria@empresa.com.br');
    expect(lead).toMatchObject({
      domain_id: domainId,
      name: 'Maria Silva',
      email: 'maria@empresa.com.br',
      phone: '+5511912345678',
      is_business_email: true,
      email_domain: 'empresa.com.br',
      lead_score: 55,
      stage_name: 'new',
      duplicate_of: null,
    });
    const response = await fetch(`${server.url}/api/v1/leads/${lead.lead_id}`, {
      headers: { authorization: `Bearer ${readKey}`, 'x-access-reason': 'support call' },
    });
    expect(await response.json()).toMatchObject({
      lead_id: lead.lead_id,
      name: 'M*** S***',
      email: 'm***@empresa.com.br',
      phone: '***5678',
      hashed_email: lead.hashed_email,
    });
    const looks = await database.db
      .selectFrom('lead_access_log')
      .selectAll()
      .where('lead_id', '=', String(lead.lead_id))
      .orderBy('accessed_at')
      .execute();
    expect(looks).toMatchObject([
      { action: 'read', subject_kind: 'lead', fields: ['name', 'email', 'phone'], reason: null },
      {
        actor: expect.stringMatching(/^key:/),
        fields: ['name (masked)', 'email (masked)', 'phone (masked)'],
        reason: 'support call',
      },
    ]);
    const other = await ask('POST', '/workspaces', { name: 'Outra' });
    const key = await ask('POST', '/api-keys', {
      name: 'o',
      scope: 'admin',
      workspace_id: other.json.workspace_id,
    });
    expect((await ask('GET', `/leads/${lead.lead_id}`, undefined, String(key.json.key))).status).toBe(404);
    expect((await ask('GET', '/leads/none')).status).toBe(404);
    expect((await fetch(`${server.url}/api/v1/leads`)).status).toBe(401);
  });

  test('are listed page by page under filters', async () => {
    const { ask, importCsv } = api;
    const csv = Array.from(
      { length: 5 },
      (_one, index) => `p${index};p${index}@gmail.com;0${index + 1}/03/2026`,
    );
    await importCsv('leads', `id;email;data\n${csv.join('\n')}\n`);
    const filter = 'from=2026-03-01T00:00:00Z&to=2026-03-05T00:00:00-03:00';
    const seen: unknown[] = [];
    let cursor = '';
    do {
      const { json } = await ask('GET', `/leads?${filter}&limit=2${cursor}`);
      seen.push(...dataOf(json).map((lead) => lead.external_id));
      cursor = json.next_cursor === null ? '' : `&cursor=${json.next_cursor}`;
    } while (cursor !== '');
    expect(seen).toEqual(['p3', 'p2', 'p1', 'p0']);
    const ids = async (query: string) =>
      dataOf((await ask('GET', `/leads?${query}`)).json).map((one) => one.external_id);
    expect(await ids('external_id=p1')).toEqual(['p1']);
    expect(await ids(`${filter}&min_score=16`)).toEqual([]);
    expect(await ids(`${filter}&stage=won`)).toEqual([]);
    expect(await ids(`${filter}&stage=new&limit=1`)).toEqual(['p3']);
    expect(await ids('email=P1@GMAIL.com')).toEqual(['p1']);
    expect(await ids('email=nobody')).toEqual([]);
    expect(await ids('session_id=none')).toEqual([]);
    expect(await ids(`domain_id=${NO_ID}`)).toEqual([]);
    for (const query of ['cursor=x', 'from=yesterday', 'stage=maybe', 'min_score=101', 'colour=red']) {
      expect((await ask('GET', `/leads?${query}`)).status, query).toBe(422);
    }
  });
});

describe('stages', () => {
  test('follow the contract, and won makes the offline conversion', async () => {
    const { readKey, ask, makeLead } = api;
    const { lead_id } = await makeLead('Ana', 'ana@stages.example');
    const path = `/leads/${lead_id}/stages`;
    const qualified = await ask('POST', path, {
      stage_name: 'qualified',
      probability: 40,
      reason: 'asked for a price',
    });
    expect(qualified).toMatchObject({
      status: 201,
      json: { stage_value: null, currency: null, probability: 40 },
    });
    const won = await ask('POST', path, { stage_name: 'won', stage_value: '1234.56', changed_by: 'joana' });
    expect(won.json).toMatchObject({ stage_value: '1234.56', currency: 'BRL', changed_by: 'joana' });
    const history = await ask('GET', path, undefined, readKey);
    expect(dataOf(history.json).map((stage) => stage.stage_name)).toEqual(['qualified', 'won']);
    const { json } = await ask('GET', `/offline-conversions?lead_id=${lead_id}`);
    const [conversion = {}] = dataOf(json);
    expect(conversion).toMatchObject({
      conversion_name: 'won',
      conversion_value: '1234.56',
      conversion_currency: 'BRL',
    });
    await ask('POST', path, { stage_name: 'lost' });
    const read = await ask('GET', `/offline-conversions/${conversion.conversion_id}`);
    expect(read.json).toMatchObject({ retracted_at: expect.any(String), revision: 2 });
    expect((await ask('GET', `/leads/${lead_id}`)).json.stage_name).toBe('lost');
    expect(dataOf((await ask('GET', `/leads?email=ana@stages.example&stage=lost`)).json)).toHaveLength(1);
  });

  test('that are wrong are refused by field', async () => {
    const { server, readKey, ask, makeLead } = api;
    const { lead_id } = await makeLead('Bia', 'bia@stages.example');
    const path = `/leads/${lead_id}/stages`;
    const wrong: readonly (readonly [string, Json])[] = [
      ['stage_name', {}],
      ['stage_name', { stage_name: 'sold' }],
      ['stage_value', { stage_name: 'won', stage_value: '1.234' }],
      ['stage_value', { stage_name: 'won', stage_value: '-1' }],
      ['stage_value', { stage_name: 'won', stage_value: 10 }],
      ['stage_value', { stage_name: 'won', stage_value: '9999999999999' }],
      ['currency', { stage_name: 'won', stage_value: '1', currency: 'ABC' }],
      ['currency', { stage_name: 'won', stage_value: '1', currency: 'brl' }],
      ['probability', { stage_name: 'proposal', probability: 101 }],
      ['colour', { stage_name: 'won', colour: 'red' }],
    ];
    for (const [field, body] of wrong) {
      const { status, json } = await ask('POST', path, body);
      expect({ status, paths: pathsOf(json) }, JSON.stringify(body)).toEqual({ status: 422, paths: [field] });
    }
    const headers = { authorization: `Bearer ${TEST_API_KEY}`, 'content-type': 'application/json' };
    const malformed = await fetch(`${server.url}/api/v1${path}`, { method: 'POST', headers, body: '{' });
    expect(malformed.status).toBe(400);
    expect((await ask('POST', path, { stage_name: 'won' }, readKey)).status).toBe(403);
    expect((await ask('POST', `/leads/${NO_ID}/stages`, { stage_name: 'won' })).status).toBe(404);
    expect(dataOf((await ask('GET', path)).json)).toEqual([]);
  });
});
