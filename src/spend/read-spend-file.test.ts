import { describe, expect, it } from 'vitest';
import { readSpendFile } from './read-spend-file.ts';

const read = (text: string, platform: string | null = null) =>
  readSpendFile(Buffer.from(text), { platform, currency: 'BRL' });
const rowsOf = (file: ReturnType<typeof readSpendFile>) => (file.kind === 'spend' ? file.rows : file);

describe('readSpendFile', () => {
  it('reads Meta in Portuguese: currency of the header, totals without a campaign, several days refused', () => {
    const file = read(
      [
        '"Início dos relatórios","Encerramento dos relatórios","Nome da campanha","Identificação da campanha","Nome do conjunto de anúncios","Impressões","Cliques no link","Cliques (todos)","Valor usado (BRL)"',
        '2026-11-01,2026-11-30,,,,300,20,40,"1.324,06"',
        '2026-11-01,2026-11-01,Black Friday,120210000000001,Quente,100,7,12,"1.234,56"',
        '2026-11-02,2026-11-02,Black Friday,120210000000001,Quente,200,13,28,89.50',
        '2026-11-01,2026-11-30,Sempre,120210000000002,Frio,1,1,1,10',
        '2026-11-03,2026-11-03,Sempre,120210000000002,Frio,1,1,1,-5',
      ].join('\n'),
    );
    expect(file).toMatchObject({
      kind: 'spend',
      totals: 1,
      rejected: [
        { line: 5, reason: expect.stringContaining('several days') },
        { line: 6, reason: expect.stringContaining('cost') },
      ],
    });
    expect(rowsOf(file)).toMatchObject([
      {
        day: '2026-11-01',
        platform: 'meta',
        campaignId: '120210000000001',
        campaignName: 'Black Friday',
        adSetName: 'Quente',
        impressions: 100,
        clicks: 7,
        costCents: 123456,
        currency: 'BRL',
      },
      { day: '2026-11-02', costCents: 8950 },
    ]);
  });

  it('reads Google in English and in Portuguese: titles before, totals behind, currency in a column', () => {
    const english = [
      'Campaign report',
      '"November 1, 2026 - November 2, 2026"',
      'Day,Campaign,Campaign ID,Currency code,Cost,Impr.,Clicks',
      '2026-11-01,Brand,777,USD,"1,234.56","2,000",30',
      ' --,Total: Campaigns, --,USD,"1,234.56","2,000",30',
    ].join('\n');
    expect(read(english)).toMatchObject({ totals: 1, rejected: [] });
    expect(rowsOf(read(english))).toMatchObject([
      {
        platform: 'google_ads',
        campaignName: 'Brand',
        currency: 'USD',
        costCents: 123456,
        impressions: 2000,
      },
    ]);
    const portuguese =
      'Relatório de campanha\n1 de novembro de 2026\nDia;Campanha;Código da moeda;Custo;Impr.;Cliques\n13/11/2026;Marca;BRL;12,34;10;1\nTotal: Conta;;BRL;12,34;10;1\n';
    expect(rowsOf(read(portuguese))).toMatchObject([
      { platform: 'google_ads', day: '2026-11-13', campaignName: 'Marca', costCents: 1234 },
    ]);
  });

  it('reads Google’s UTF-16 with tabs, whose title holds a comma', () => {
    const text =
      'Campaign report\nNovember 1, 2026 - November 2, 2026\nDay\tCampaign\tCost\n2026-11-01\tBrand\t5.00\n';
    const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
    expect(rowsOf(readSpendFile(bytes, { platform: null, currency: 'BRL' }))).toMatchObject([
      { platform: 'google_ads', day: '2026-11-01', campaignName: 'Brand', costCents: 500 },
    ]);
  });

  it('reads LinkedIn: months come first, a bare dollar sign leaves the currency to its column', () => {
    const text = [
      'Campaign Performance Report (in UTC)',
      'Report Start: 9/1/2026',
      '',
      'Start Date (in UTC),Account Name,Campaign Group Name,Campaign Name,Campaign ID,Currency,Total Spent,Impressions,Clicks',
      '9/1/2026,Main St,Default,B2B,600,EUR,"$1,500.00",1000,4',
      '9/2/2026,Main St,Default,B2B,600,EUR,33.330000000000005,1000,4',
    ].join('\n');
    expect(rowsOf(read(text))).toMatchObject([
      { platform: 'linkedin', day: '2026-09-01', accountId: 'Main St', currency: 'EUR', costCents: 150000 },
      { platform: 'linkedin', day: '2026-09-02', costCents: 3333 },
    ]);
  });

  it('reads TikTok in both languages', () => {
    const english =
      'Campaign name,By Day,Ad group name,Cost,Impressions,Clicks (destination),Currency\nPromo,2026-11-05,G1,12.50,100,3,BRL\nTotal of 1 result,-,-,12.50,100,3,-\n';
    expect(read(english)).toMatchObject({ totals: 1, rejected: [] });
    expect(rowsOf(read(english))).toMatchObject([
      { platform: 'tiktok', day: '2026-11-05', adSetName: 'G1', clicks: 3, costCents: 1250, currency: 'BRL' },
    ]);
    const portuguese = 'Nome da campanha;Por dia;Custo;Cliques (destino)\nPromo;05/11/2026;R$ 1.250,00;3\n';
    expect(rowsOf(read(portuguese))).toMatchObject([
      { platform: 'tiktok', day: '2026-11-05', costCents: 125000 },
    ]);
  });

  it('adds up a breakdown that is not kept, and refuses to add two currencies', () => {
    const text =
      'Day,Campaign,Age,Cost,Currency code\n2026-11-01,A,18-24,1.00,BRL\n2026-11-01,A,25-34,2.50,BRL\n2026-11-01,A,35-44,4.00,USD\n';
    const file = read(text);
    expect(rowsOf(file)).toMatchObject([{ costCents: 350, currency: 'BRL' }]);
    expect(file).toMatchObject({
      rejected: [{ line: 4, reason: expect.stringContaining('another currency') }],
    });
  });

  it.each([
    ['', /empty/],
    ['nothing;here\n1;2\n', /No header/],
    ['Campaign,Cost\nA,1\n', /No header/],
    ['Dia;Gasto\n01/11/2026;5,00\n', /whose export/],
  ])('says why %j is no export', (text, reason) => {
    expect(read(text)).toMatchObject({ kind: 'unusable', reason: expect.stringMatching(reason) });
  });

  it('takes the platform that it is told', () => {
    expect(rowsOf(read('Dia;Gasto\n01/11/2026;5,00\n', 'kwai'))).toMatchObject([
      { platform: 'kwai', day: '2026-11-01', costCents: 500, currency: 'BRL' },
    ]);
  });
});
