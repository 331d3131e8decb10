import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCsvTable } from '../../src/io/csv-table.ts';
import { type ImportReport, importTable } from '../../src/leads/import/import-table.ts';
import { openContact } from '../../src/leads/sealed-fields.ts';
import { listStages } from '../../src/leads/stages.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { type LeadsWorld, openLeadsWorld, tools } from './leads-world.ts';

let database: OpenTestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  await sql`select ensure_month_partitions(parent, '2026-10-01', 2)
    from unnest('{utm_tracking,leads}'::regclass[]) as parent`.execute(database.db);
});
afterAll(() => database.close());

const NOW = new Date('2026-11-20T12:00:00Z');

async function load(
  world: LeadsWorld,
  kind: 'leads' | 'sales',
  text: string,
  isDryRun = false,
): Promise<ImportReport> {
  const table = readCsvTable(Buffer.from(text));
  if (table.kind !== 'table') throw new Error(table.reason);
  const { db, workspaceId, domainId } = world;
  const target = { kind, workspaceId, domainId, consentAds: 'granted', isDryRun } as const;
  const place = { timezone: 'America/Sao_Paulo', now: NOW, header: table.header, rows: table.rows };
  const result = await importTable({ db, tools, target, ...place, onProgress: () => undefined });
  if (result.kind !== 'done') throw new Error(result.reason);
  return result.report;
}

const count = async ({ db, workspaceId }: LeadsWorld) => {
  const leads = db.selectFrom('leads').select('lead_id').where('workspace_id', '=', workspaceId).execute();
  const stages = db
    .selectFrom('lead_stages')
    .select('lead_id')
    .where('workspace_id', '=', workspaceId)
    .execute();
  return { leads: (await leads).length, stages: (await stages).length };
};

const LEADS = `nome;e-mail;telefone;data de criação;etapa;valor
Ana;ana@x.com;(11) 91111-1111;01/03/2021 10:00;;
Bia;bia@x.com;;02/03/2021;Qualificado;
Ana de novo;ANA@x.com;;03/03/2021;;
Sem contato;;;03/03/2021;;
`;

const SALES = `pedido;email;valor;data da venda
1;ana@x.com;R$ 1.234,56;05/03/2021
2;nova@x.com;10,00;06/03/2021
3;ana@x.com;R$ 50,00;07/03/2021
`;

describe('leads from a file', () => {
  test('are stored once with their old dates; a dry run counts the same and stores nothing', async () => {
    const world = await openLeadsWorld(database);
    const dry = await load(world, 'leads', LEADS, true);
    expect(await count(world)).toEqual({ leads: 0, stages: 0 });
    const real = await load(world, 'leads', LEADS);
    expect(dry).toEqual(real);
    expect(real).toMatchObject({ rows: 4, saved: 3, matched: 0, known: 0 });
    expect(real.rejected).toMatchObject([{ line: 5, reason: expect.stringContaining('neither an e-mail') }]);
    expect(await count(world)).toEqual({ leads: 3, stages: 1 });
    const rows = await database.db
      .selectFrom('leads')
      .selectAll()
      .where('workspace_id', '=', world.workspaceId)
      .orderBy('created_at')
      .execute();
    expect(rows.map((row) => row.created_at.toISOString())).toEqual([
      '2021-03-01T13:00:00.000Z',
      '2021-03-02T15:00:00.000Z',
      '2021-03-03T15:00:00.000Z',
    ]);
    expect(rows[2]?.duplicate_of).toBe(rows[0]?.lead_id);
    expect(rows[0] && openContact(tools.vault, rows[0])).toMatchObject({
      name: 'Ana',
      phone: '+5511911111111',
    });
    expect(await load(world, 'leads', LEADS)).toMatchObject({ saved: 0, matched: 0, known: 3 });
    expect(await count(world)).toEqual({ leads: 3, stages: 1 });
  });

  test('go through stages in later files, by their id', async () => {
    const world = await openLeadsWorld(database);
    const site = world.lead({ externalId: 'crm-9' });
    await world.save(site);
    const head = 'id;email;etapa;valor\n';
    await load(world, 'leads', `${head}crm-8;h@x.com;novo;\n`);
    const later = `${head}crm-8;h@x.com;ganho;R$ 99,90\ncrm-9;;perdido;\ncrm-8;h@x.com;ganho;R$ 99,90\n`;
    expect(await load(world, 'leads', later)).toMatchObject({ saved: 0, matched: 2, known: 1 });
    expect(await load(world, 'leads', later)).toMatchObject({ saved: 0, matched: 0, known: 3 });
    const { workspaceId } = world;
    expect(await listStages(database.db, { workspaceId, leadId: site.leadId })).toMatchObject([
      { stage_name: 'lost' },
    ]);
    const sales = await database.db
      .selectFrom('offline_conversions')
      .selectAll()
      .where('workspace_id', '=', workspaceId)
      .execute();
    expect(sales).toMatchObject([{ conversion_value: '99.90', conversion_currency: 'BRL' }]);
  });
});

describe('sales from a file', () => {
  test('go to the lead of the person, with value, date and touch; another sale is a lead of its own', async () => {
    const world = await openLeadsWorld(database);
    const at = new Date(NOW.getTime() - 40 * 86_400_000);
    await world.session('s1', at);
    await world.touch('s1', at, { gclid: 'G' });
    const lead = world.lead({ sessionId: 's1', email: 'ana@x.com', createdAt: at });
    await world.save(lead);
    const sales = SALES.replaceAll('/03/2021', '/11/2026');
    const dry = await load(world, 'sales', sales, true);
    const real = await load(world, 'sales', sales);
    expect(real).toEqual(dry);
    expect(real).toMatchObject({ rows: 3, saved: 2, matched: 1, known: 0, rejected: [] });
    expect(await world.conversion(lead.leadId)).toMatchObject({
      gclid: 'G',
      conversion_value: '1234.56',
      conversion_date: new Date('2026-11-05T15:00:00Z'),
    });
    expect(await count(world)).toEqual({ leads: 3, stages: 3 });
    expect(await load(world, 'sales', sales)).toMatchObject({ saved: 0, matched: 0, known: 3 });
    expect(await count(world)).toEqual({ leads: 3, stages: 3 });
  });

  test('never go to a lead that came after them', async () => {
    const world = await openLeadsWorld(database);
    await world.save(world.lead({ email: 'ana@x.com' }));
    expect(await load(world, 'sales', SALES)).toMatchObject({ saved: 3, matched: 0 });
  });
});

test('a header without what is needed is refused', async () => {
  const world = await openLeadsWorld(database);
  await expect(load(world, 'leads', 'cpf;cidade\n1;2')).rejects.toThrow(/e-mail, a phone or an id/);
  await expect(load(world, 'sales', 'email;data\na@x.com;01/01/2026')).rejects.toThrow(/for the value/);
  await expect(load(world, 'sales', 'email;valor\na@x.com;1')).rejects.toThrow(/date of the sale/);
});
