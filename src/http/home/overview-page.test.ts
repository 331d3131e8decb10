import { describe, expect, test } from 'vitest';
import type { WorkspaceOverview } from '../../reports/workspace-overview.ts';
import { buildOverviewPage } from './overview-page.ts';
import { listSetupSteps } from './setup-steps.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const EMPTY: WorkspaceOverview = {
  name: 'Loja',
  timezone: 'America/Sao_Paulo',
  bots: [],
  products: 0,
  gateways: [],
  pools: [],
  destinations: 0,
  clicks: [],
  sales: [],
};
const FULL: WorkspaceOverview = {
  ...EMPTY,
  name: '<b>Loja</b>',
  bots: [{ username: 'loja_bot', problem: null }],
  products: 2,
  gateways: ['sandbox'],
  pools: [{ slug: 'oferta', name: 'Oferta', hasPixel: false }],
  destinations: 1,
  clicks: [
    {
      token: TOKEN,
      at: new Date('2026-05-01T02:30:00Z'),
      slug: 'oferta',
      source: 'facebook',
      campaign: '<i>x',
    },
  ],
  sales: [
    {
      paymentId: '01970000-0000-7000-8000-000000000001',
      at: new Date('2026-05-01T02:31:00Z'),
      product: 'Curso & livro',
      amount: '1234.50',
      currency: 'BRL',
      status: 'paid',
      isAttributed: true,
    },
  ],
};

const show = (overview: WorkspaceOverview): string =>
  buildOverviewPage({
    language: 'pt',
    nonce: 'n',
    path: '/',
    publicUrl: 'https://r.example',
    overview,
    system: { parts: { log: true, database: true, drain: false, destinations: true }, waiting: 3 },
    hasTry: false,
  });

describe('the overview', () => {
  test('names what happened, in the workspace’s own time, with the way to each trace', () => {
    const html = show(FULL);
    expect(html).toContain(`href="/trace/${TOKEN}"`);
    expect(html).toContain('href="/trace/01970000-0000-7000-8000-000000000001"');
    expect(html).toContain('30/04/2026, 23:30:00');
    expect(html).toMatch(/R\$\s1\.234,50/);
    expect(html).toContain('https://r.example/go/oferta');
    expect(html).toContain('Cliques esperando para entrar nas tabelas');
  });

  test('lets nothing of a person’s settings out of its place', () => {
    const html = show(FULL);
    expect(html).toContain('&lt;b&gt;Loja&lt;/b&gt;');
    expect(html).toContain('facebook · &lt;i&gt;x');
    expect(html).toContain('Curso &amp; livro');
  });
});

test('the call that comes next is the first that is missing', () => {
  const next = (overview: WorkspaceOverview) =>
    listSetupSteps(overview, 'https://r.example').find((step) => !step.isDone)?.id;
  expect(next(EMPTY)).toBe('bot');
  expect(next({ ...EMPTY, bots: FULL.bots })).toBe('product');
  expect(next({ ...FULL, gateways: [] })).toBe('gateway');
  expect(next({ ...FULL, pools: [] })).toBe('pool');
  expect(next(FULL)).toBeUndefined();
});
