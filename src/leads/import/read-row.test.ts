import { describe, expect, test } from 'vitest';
import { readColumns } from './columns.ts';
import { type ImportKind, readImportRow } from './read-row.ts';

const NOW = new Date('2026-11-20T12:00:00Z');

function read(kind: ImportKind, cells: Readonly<Record<string, string>>) {
  const columns = readColumns(Object.keys(cells));
  const place = { workspaceId: 'w', domainId: 'd', timezone: 'America/Sao_Paulo', now: NOW };
  return readImportRow({ ...place, kind, columns }, Object.values(cells));
}

describe('columns', () => {
  test.each([
    ['E-mail', 'email'],
    ['E-MAIL ADDRESS', 'email'],
    ['Telefone celular', 'phone'],
    ['Nome completo', 'name'],
    ['Data da Venda', 'wonAt'],
    ['created_at', 'createdAt'],
    ['Data de Criação', 'createdAt'],
    ['Preço', 'value'],
    ['Nº do pedido', 'orderId'],
    ['Estágio', 'stage'],
    ['Moeda', 'currency'],
  ])('%s is %s', (title, field) => {
    expect([...readColumns(['?', title])]).toEqual([[field, 1]]);
  });

  test('the first of a meaning counts, and unknown ones are left out', () => {
    expect([...readColumns(['cpf', 'email', 'e-mail'])]).toEqual([['email', 1]]);
  });
});

describe('a row', () => {
  test('of a sale has its value and its day in the workspace’s zone', () => {
    const row = read('sales', { email: 'a@x.com', valor: 'R$ 1.234,56', 'data da venda': '01/11/2026' });
    expect(row).toMatchObject({
      kind: 'row',
      row: {
        email: 'a@x.com',
        createdAt: new Date('2026-11-01T15:00:00Z'),
        stage: { name: 'won', valueCents: 123456, currency: 'BRL', at: new Date('2026-11-01T15:00:00Z') },
      },
    });
  });

  test('of a lead may have a stage', () => {
    const row = read('leads', { nome: 'Ana', telefone: '11 91234-5678', etapa: 'Negociação', valor: '10' });
    expect(row).toMatchObject({
      row: {
        name: 'Ana',
        createdAt: NOW,
        stage: { name: 'negotiation', valueCents: 1000, currency: null, at: NOW },
      },
    });
    expect(read('leads', { email: 'a@x.com', data: '01/11/2026 10:00' })).toMatchObject({
      row: { createdAt: new Date('2026-11-01T13:00:00Z'), stage: null },
    });
  });

  test('of today is not put into the future', () => {
    const row = read('sales', { email: 'a@x.com', valor: '1', data: '20/11/2026' });
    expect(row).toMatchObject({ row: { stage: { at: NOW } } });
  });

  test.each<[string, ImportKind, Record<string, string>, RegExp]>([
    ['nobody', 'leads', { nome: 'Ana', email: '', telefone: '' }, /neither an e-mail nor a phone/],
    ['nobody who can be reached', 'leads', { email: 'ana', telefone: '123' }, /no e-mail and no phone/],
    [
      'a wrong day',
      'leads',
      { email: 'a@x.com', 'created at': '31/02/2026' },
      /lead date that cannot be read/,
    ],
    ['a far day', 'sales', { email: 'a@x.com', valor: '1', data: '01/01/2030' }, /in the future/],
    ['an old day', 'sales', { email: 'a@x.com', valor: '1', data: '01/01/1999' }, /before the year 2000/],
    ['no day', 'sales', { email: 'a@x.com', valor: '1', data: '' }, /no date of the sale/],
    ['no value', 'sales', { email: 'a@x.com', valor: '', data: '01/11/2026' }, /has no value/],
    ['a negative value', 'sales', { email: 'a@x.com', valor: '-5', data: '01/11/2026' }, /value that cannot/],
    ['a strange currency', 'sales', { email: 'a@x.com', valor: 'ABC 5', data: '01/11/2026' }, /ISO 4217/],
    [
      'two currencies',
      'sales',
      { email: 'a@x.com', valor: 'R$ 5', moeda: 'usd', data: '01/11/2026' },
      /another currency/,
    ],
    ['a strange stage', 'leads', { email: 'a@x.com', etapa: 'quem sabe' }, /stage that is not known/],
  ])('with %s is rejected', (_name, kind, cells, reason) => {
    const result = read(kind, cells);
    expect(result).toMatchObject({ kind: 'rejected', reason: expect.stringMatching(reason) });
    expect(JSON.stringify(result)).not.toContain('a@x.com');
  });

  test('has an id of its own that stays', () => {
    const id = (cells: Record<string, string>, kind: ImportKind = 'sales') => {
      const result = read(kind, cells);
      return result.kind === 'row' ? result.row.rowId : result.reason;
    };
    const sale = { email: 'A@x.com', valor: '1', data: '01/11/2026' };
    expect(id(sale)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(id({ ...sale, email: 'a@x.com ' })).toBe(id(sale));
    expect(id({ ...sale, valor: '2' })).not.toBe(id(sale));
    expect(id({ ...sale, pedido: '7' })).toBe(id({ ...sale, pedido: '7', valor: '2' }));
    expect(id({ 'external id': '7', email: 'b@x.com' }, 'leads')).toBe(id({ id: '7', nome: 'B' }, 'leads'));
  });
});
