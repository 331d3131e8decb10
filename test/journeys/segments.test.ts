import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { TEST_API_KEY } from '../support/server.ts';
import { dataOf, type Json, type LeadsApi, openLeadsApi, pathsOf } from './leads-api-world.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
const NO_ID = '01900000-0000-7000-8000-000000000000';
const EVERYBODY = { all: [] };
const BUSINESS = { field: 'is_business_email', op: 'is', value: true };
// The next day, so that the leads of this minute are surely before it.
const TOMORROW = new Date(Date.now() + 86_400_000).toISOString();

let api: LeadsApi;
let segmentId = '';
let strangerKey = '';

beforeAll(async () => {
  api = await openLeadsApi();
  await api.makeLead('Maria Silva', 'maria@empresa.com.br');
  await api.importCsv('leads', 'nome;email;telefone\n=cmd|1;joao@gmail.com;21 99876-5432\n');
  const workspace = await api.ask('POST', '/workspaces', { name: 'Outra' });
  const key = { name: 'outra', scope: 'admin', workspace_id: workspace.json.workspace_id };
  strangerKey = String((await api.ask('POST', '/api-keys', key)).json.key);
});

const create = (body: unknown, key?: string) => api.ask('POST', '/segments', body, key);

/** A file of the API, as a browser loads it. */
async function load(path: string, options: { key?: string; reason?: string } = {}): Promise<Response> {
  const { key = TEST_API_KEY, reason } = options;
  const headers = {
    authorization: `Bearer ${key}`,
    ...(reason === undefined ? {} : { 'x-access-reason': reason }),
  };
  return fetch(`${api.server.url}/api/v1/segments/${path}`, { headers });
}

const looksBecause = (reason: string) =>
  api.database.db.selectFrom('lead_access_log').selectAll().where('reason', '=', reason).execute();

describe('segments', () => {
  test('are saved, found, changed, unique by name and deleted', async () => {
    const body = { name: 'Empresas', subject: 'leads', filter: { all: [BUSINESS] } };
    const made = await create(body);
    expect(made).toMatchObject({ status: 201, json: body });
    segmentId = String(made.json.segment_id);
    expect((await create(body)).status).toBe(409);
    expect((await api.ask('GET', `/segments/${segmentId}`)).json).toEqual(made.json);
    const other = await create({ ...body, name: 'Todos' });
    expect((await api.ask('PATCH', `/segments/${other.json.segment_id}`, { name: 'Empresas' })).status).toBe(
      409,
    );
    const changes = { name: 'Todos os leads', filter: EVERYBODY };
    const changed = await api.ask('PATCH', `/segments/${other.json.segment_id}`, changes);
    expect(changed).toMatchObject({ status: 200, json: changes });
    const first = await api.ask('GET', '/segments?limit=1');
    const second = await api.ask('GET', `/segments?limit=1&cursor=${String(first.json.next_cursor)}`);
    expect([...dataOf(first.json), ...dataOf(second.json)].map(({ name }) => name)).toEqual([
      ...['Todos os leads', 'Empresas'],
    ]);
    expect(dataOf((await api.ask('GET', '/segments?subject=visitors')).json)).toEqual([]);
    const gone = await api.ask('DELETE', `/segments/${other.json.segment_id}`);
    expect(gone.json).toEqual({ result: 'deleted' });
    expect((await api.ask('GET', `/segments/${other.json.segment_id}`)).status).toBe(404);
  });

  test.each<[string, unknown, string]>([
    ['no body', {}, 'name'],
    ['an unknown subject', { name: 'x', subject: 'users', filter: EVERYBODY }, 'subject'],
    ['a filter that is none', { name: 'x', subject: 'leads', filter: 'all' }, 'filter'],
    ['an unknown field', { name: 'x', subject: 'leads', filter: { field: 'geo', op: 'is' } }, 'filter.field'],
    ['another subject’s field', { name: 'x', subject: 'visitors', filter: BUSINESS }, 'filter.field'],
    [
      'a wrong value',
      { name: 'x', subject: 'leads', filter: { not: { ...BUSINESS, value: 'sim' } } },
      'filter.not.value',
    ],
    [
      'a name with an e-mail',
      { name: 'só maria@empresa.com.br', subject: 'leads', filter: EVERYBODY },
      'name',
    ],
    ['more', { name: 'x', subject: 'leads', filter: EVERYBODY, people: [] }, 'people'],
  ])('refuse %s', async (_, body, path) => {
    const { status, json } = await create(body);
    expect({ status, paths: pathsOf(json) }).toMatchObject({
      status: 422,
      paths: expect.arrayContaining([path]),
    });
    if (path.startsWith('filter')) {
      const preview = await api.ask('POST', '/segments/preview', body);
      expect(preview.status).toBe(422);
    }
  });

  test('name the fields that there are, in the error and in a catalogue', async () => {
    const bad = await create({ name: 'x', subject: 'leads', filter: { field: 'geo', op: 'is' } });
    expect(JSON.stringify(bad.json.errors)).toContain('there are: country');
    const { status, json } = await api.ask('GET', '/segments/fields', undefined, api.readKey);
    expect(status).toBe(200);
    const leads = (json.subjects as Json[]).find(({ subject }) => subject === 'leads') ?? {};
    const stage = (leads.fields as Json[]).find(({ name }) => name === 'stage') ?? {};
    expect(stage).toMatchObject({ type: 'choice', label: { en: 'Stage', pt: 'Etapa' } });
    expect(stage.choices).toContainEqual({ value: 'won', label: { en: 'Won', pt: 'Ganho' } });
    expect(stage.operators).toContainEqual({
      op: 'in',
      label: { en: 'is one of', pt: 'é um de' },
      value: 'list',
    });
    expect(leads.columns).toContainEqual({
      ...{ name: 'email', label: { en: 'E-mail', pt: 'E-mail' }, is_personal: true },
    });
  });

  test('are asked anew each time', async () => {
    const count = async (id = segmentId) => (await api.ask('GET', `/segments/${id}/count`)).json.count;
    expect(await count()).toBe(1);
    const filter = { field: 'created_at', op: 'in_last_days', value: 2 };
    const recent = await create({ name: 'Recentes', subject: 'leads', filter });
    expect(await count(String(recent.json.segment_id))).toBe(2);
    const later = { all: [filter, { field: 'created_at', op: 'on_or_after', value: TOMORROW }] };
    await api.ask('PATCH', `/segments/${recent.json.segment_id}`, { filter: later });
    expect(await count(String(recent.json.segment_id))).toBe(0);
    await api.ask('DELETE', `/segments/${recent.json.segment_id}`);
  });

  test('show a sample that is masked for everybody', async () => {
    const { json } = await api.ask('POST', '/segments/preview', {
      subject: 'leads',
      filter: { all: [BUSINESS] },
    });
    expect(json).toMatchObject({ count: 1 });
    expect(json.sample).toEqual([
      expect.objectContaining({ name: 'M*** S***', email: 'm***@empresa.com.br', phone: '***5678' }),
    ]);
  });

  test('list members page by page, in the clear for writers only', async () => {
    const all = await create({ name: 'Listados', subject: 'leads', filter: EVERYBODY });
    const path = `/segments/${String(all.json.segment_id)}/members`;
    const first = await api.ask('GET', `${path}?limit=1`);
    const second = await api.ask('GET', `${path}?limit=1&cursor=${String(first.json.next_cursor)}`);
    const emails = [...dataOf(first.json), ...dataOf(second.json)].map(({ email }) => email);
    expect(emails).toEqual(['maria@empresa.com.br', 'joao@gmail.com']);
    expect(second.json.next_cursor).toBeNull();
    const masked = await api.ask('GET', path, undefined, api.readKey);
    expect(dataOf(masked.json).map(({ email }) => email)).toEqual(['m***@empresa.com.br', 'j***@gmail.com']);
    for (const cursor of ['x', Buffer.from(`${NO_ID}`).toString('base64url'), '%00']) {
      expect((await api.ask('GET', `${path}?cursor=${cursor}`)).status).toBe(422);
    }
    await api.ask('DELETE', `/segments/${String(all.json.segment_id)}`);
  });

  test('are no one else’s', async () => {
    expect(dataOf((await api.ask('GET', '/segments', undefined, strangerKey)).json)).toEqual([]);
    for (const path of [
      '',
      '/count',
      '/members',
      '/audience?format=meta',
      '/audience.csv?format=meta&reason=x',
      '/export.csv?reason=x',
    ]) {
      const answer = await api.ask('GET', `/segments/${segmentId}${path}`, undefined, strangerKey);
      expect({ path, status: answer.status }).toEqual({ path, status: 404 });
    }
    expect((await api.ask('PATCH', `/segments/${segmentId}`, { name: 'x' }, strangerKey)).status).toBe(404);
    expect((await api.ask('DELETE', `/segments/${segmentId}`, undefined, strangerKey)).status).toBe(404);
    const everybody = { subject: 'leads', filter: EVERYBODY };
    expect((await api.ask('POST', '/segments/preview', everybody, strangerKey)).json).toEqual({
      count: 0,
      sample: [],
    });
    const key = api.readKey;
    expect((await create({ name: 'y', ...everybody }, key)).status).toBe(403);
    expect(
      (await api.ask('GET', `/segments/${segmentId}/audience.csv?format=meta&reason=x`, undefined, key))
        .status,
    ).toBe(403);
    expect((await api.ask('GET', '/segments', undefined, 'nobody')).status).toBe(401);
    for (const id of [NO_ID, 'x', '%00'])
      expect((await api.ask('GET', `/segments/${id}/count`)).status).toBe(404);
  });
});

describe('files', () => {
  let everybody = '';
  beforeAll(async () => {
    const made = await create({ name: 'Todos', subject: 'leads', filter: EVERYBODY });
    everybody = String(made.json.segment_id);
  });

  test('want a reason, and tell each person’s access log', async () => {
    expect((await load(`${everybody}/export.csv`)).status).toBe(422);
    expect((await load(`${everybody}/export.csv?reason=%20`)).status).toBe(422);
    const answer = await load(`${everybody}/export.csv`, { reason: 'newsletter de novembro' });
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="segment-${everybody}.csv"`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const text = bytes.toString('utf8');
    expect(text).toContain("Maria Silva,maria@empresa.com.br,'+5511912345678");
    expect(text).toContain("'=cmd|1,joao@gmail.com");
    const looks = await looksBecause('newsletter de novembro');
    expect(looks.map((look) => [look.action, look.fields])).toEqual([
      ['export', ['name', 'email', 'phone']],
      ['export', ['name', 'email', 'phone']],
    ]);
  });

  test('respect the filter and mask for readers', async () => {
    const answer = await load(`${segmentId}/export.csv?separator=semicolon&reason=conferir`, {
      key: api.readKey,
    });
    const text = await answer.text();
    expect(text.trimEnd().split('\r\n')).toHaveLength(2);
    expect(text).toContain(';M*** S***;m***@empresa.com.br;***5678;');
  });

  test('for ad platforms hold hashes of who agreed, and say how many are left out', async () => {
    await api.database.db
      .updateTable('leads')
      .set({ consent_ads: 'denied' })
      .where('email_domain', '=', 'gmail.com')
      .execute();
    const { json } = await api.ask(
      'GET',
      `/segments/${everybody}/audience?format=google`,
      undefined,
      api.readKey,
    );
    expect(json).toMatchObject({
      ...{
        members: 2,
        exported: 1,
        skipped: { consent: 1, no_identifier: 0 },
        fewest: 100,
        is_enough: false,
      },
      columns: ['Email', 'Phone', 'First Name', 'Last Name', 'Country', 'Zip'],
    });
    expect((await load(`${everybody}/audience.csv?format=google`)).status).toBe(422);
    expect((await load(`${everybody}/audience.csv?format=orkut&reason=x`)).status).toBe(422);
    const answer = await load(`${everybody}/audience.csv?format=google`, { reason: 'remarketing' });
    expect(answer.headers.get('x-audience-skipped-consent')).toBe('1');
    const phone = '195563c1d879cb1564e2cdd6d89363ecb1f091ac0eeac094760f06139eae6077';
    const text = await answer.text();
    expect(text.split('\n')[1]).toMatch(new RegExp(`^[0-9a-f]{64},${phone},,,,$`));
    expect(text).not.toContain('maria');
    const looks = await looksBecause('remarketing');
    expect(looks.map(({ fields }) => fields)).toEqual([['google audience: Email', 'google audience: Phone']]);
  });

  test('of visitors are made for no platform', async () => {
    const made = await create({ name: 'Visitantes', subject: 'visitors', filter: EVERYBODY });
    const id = String(made.json.segment_id);
    const answer = await api.ask('GET', `/segments/${id}/audience.csv?format=meta&reason=x`);
    expect([answer.status, pathsOf(answer.json)]).toEqual([422, ['format']]);
    expect((await load(`${id}/export.csv?reason=x`)).status).toBe(200);
  });

  test('are written by the command line too', () => {
    const run = (...args: string[]) => {
      const options = {
        cwd: api.server.database.dataDir,
        env: { ...process.env, ...api.server.environment() },
      };
      return spawnSync(process.execPath, [MAIN, 'segments', ...args], { ...options, encoding: 'utf8' });
    };
    const listed = JSON.parse(run('list', '--json').stdout) as Json[];
    expect(listed.map(({ name }) => name)).toContain('Empresas');
    const out = join(api.server.database.dataDir, 'empresas.csv');
    const exported = run('export', 'Empresas', '--reason', 'teste', '--out', out, '--json');
    expect(JSON.parse(exported.stdout)).toEqual({ out, people: 1 });
    expect(readFileSync(out, 'utf8')).toContain('maria@empresa.com.br');
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const list = run('export', 'Todos', '--reason', 'teste', '--audience', 'meta').stdout;
    expect(list.split('\n')).toHaveLength(3);
    expect(run('count', 'Nenhum')).toMatchObject({ status: 1, stderr: expect.stringContaining('"Nenhum"') });
  });

  test('lose an erased person by themselves', async () => {
    const told = await api.ask('POST', '/privacy/export', { subject: 'maria@empresa.com.br' });
    expect(told.json.recipients).toContainEqual(
      expect.objectContaining({ recipient: 'google', what: 'customer list', fields: ['Email', 'Phone'] }),
    );
    const erased = await api.ask('POST', '/privacy/erase', { subject: 'maria@empresa.com.br' });
    expect(erased.status).toBe(200);
    expect((await api.ask('GET', `/segments/${segmentId}/count`)).json).toEqual({ count: 0 });
    const text = await (await load(`${everybody}/export.csv?reason=depois`)).text();
    expect(text.trimEnd().split('\r\n')).toHaveLength(2);
    expect((await api.ask('GET', `/segments/${everybody}/audience?format=meta`)).json).toMatchObject({
      exported: 0,
    });
  });
});
