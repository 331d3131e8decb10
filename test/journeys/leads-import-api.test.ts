import { execFile } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildId } from '../../src/domain/ids.ts';
import { dataOf, type LeadsApi, openLeadsApi } from './leads-api-world.ts';

let api: LeadsApi;

beforeAll(async () => {
  api = await openLeadsApi();
});

describe('imports', () => {
  test('tell what they would do, do it once, and say what they left out', async () => {
    const { ask, importCsv } = api;
    const csv =
      'email,amount,currency,sale date\nz@sales.example,"1,234.56",USD,2026-02-03\n,1,USD,2026-02-03\n';
    const dry = await importCsv('sales', csv, '&dry_run=true');
    const counts = {
      rows: 2,
      saved: 1,
      matched: 0,
      known: 0,
      rejected: [{ line: 3, reason: expect.any(String) }],
    };
    expect(dry.json).toEqual({ ...counts, dry_run: true });
    expect((await importCsv('sales', csv)).json).toEqual({ ...counts, dry_run: false });
    expect((await importCsv('sales', csv)).json).toMatchObject({ saved: 0, known: 1 });
    const [lead = {}] = dataOf((await ask('GET', '/leads?email=z@sales.example')).json);
    expect(lead).toMatchObject({ stage_name: 'won', created_at: '2026-02-03T15:00:00.000Z' });
    const [sale] = dataOf((await ask('GET', `/offline-conversions?lead_id=${lead.lead_id}`)).json);
    expect(sale).toMatchObject({ conversion_value: '1234.56', conversion_currency: 'USD' });
    expect((await importCsv('sales', 'a;b\n1;2')).status).toBe(422);
    expect((await importCsv('sales', '')).status).toBe(400);
    expect((await importCsv('others', csv)).status).toBe(404);
  });

  test('come by the command line beside the running server too', async () => {
    const { server, domainId, ask } = api;
    const file = join(server.database.dataDir, 'leads.csv');
    const bad = 'Caio;nobody;x;31/02/2026';
    writeFileSync(
      file,
      Buffer.from(`nome;e-mail;obs;data\nJoão;joao@cli.example;"a;\nb";01/03/2026\n${bad}\n`, 'latin1'),
    );
    const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
    const run = (...more: string[]) =>
      promisify(execFile)(
        process.execPath,
        [main, 'import', 'leads', file, '--domain', 'loja.example', ...more],
        {
          cwd: server.database.dataDir,
          env: { ...process.env, ...server.database.env },
        },
      );
    const dry = await run('--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).toMatchObject({ rows: 2, saved: 1, rejected: 1, dry_run: true });
    expect(dry.stderr).toBe('2 of 2 rows (100 %)\n');
    expect((await run()).stdout).toContain('1 new leads');
    expect(JSON.parse((await run('--json')).stdout)).toMatchObject({ saved: 0, known: 1 });
    const [lead] = dataOf((await ask('GET', '/leads?email=joao@cli.example')).json);
    expect(lead).toMatchObject({ name: 'João', message: 'a;\nb', domain_id: domainId });
    const rejected = readFileSync(`${file}.rejected.csv`, 'utf8');
    expect(rejected).toMatch(
      /^\ufeffline;reason;nome;e-mail;obs;data\r\n4;[^;]+;Caio;nobody;x;31\/02\/2026\r\n$/,
    );
    expect(statSync(`${file}.rejected.csv`).mode & 0o777).toBe(0o600);
    await expect(run('--domain', 'none.example')).rejects.toMatchObject({
      stderr: expect.stringContaining('no site'),
    });
  });
});

test('a visitor’s journey shows sessions, touches, steps and leads', async () => {
  const { database, domainId, readKey, ask } = api;
  const visitor_id = 'v'.repeat(32);
  const { workspace_id } = await database.db
    .selectFrom('domains')
    .select('workspace_id')
    .executeTakeFirstOrThrow();
  const at = new Date();
  const place = { workspace_id, visitor_id, domain_id: domainId };
  const session = { session_id: 'journey-1', started_at: at, last_activity_at: at };
  await database.db
    .insertInto('sessions')
    .values({ ...place, ...session })
    .execute();
  const visits = { journey_id: buildId(), first_visit_at: at, last_visit_at: at, total_sessions: 1 };
  await database.db
    .insertInto('visitor_journeys')
    .values({ ...place, ...visits })
    .execute();
  const step = { workspace_id, session_id: 'journey-1', created_at: at };
  await database.db
    .insertInto('utm_tracking')
    .values({ ...step, tracking_id: buildId(), gclid: 'G' })
    .execute();
  await database.db
    .insertInto('page_views')
    .values({ ...step, view_id: buildId(), view_order: 1, page_url: 'https://loja.example/' })
    .execute();
  const { json } = await ask('GET', `/visitors/${visitor_id}/journey`, undefined, readKey);
  expect(json).toMatchObject({
    visitor_id,
    total_sessions: 1,
    sessions: [
      {
        session_id: 'journey-1',
        touches: [{ gclid: 'G' }],
        steps: [{ kind: 'page_view', what: 'https://loja.example/' }],
      },
    ],
  });
  expect((await ask('GET', '/visitors/nobody/journey')).status).toBe(404);
});
