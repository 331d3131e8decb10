import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildCsvLine, readCsvTable } from './csv-table.ts';

const read = (text: string) => readCsvTable(Buffer.from(text));
const cells = (table: ReturnType<typeof readCsvTable>) =>
  table.kind === 'table' ? [table.header, ...table.rows.map((row) => row.cells)] : table;

describe('readCsvTable', () => {
  test.each([
    ['semicolons and a mark', '\ufeffnome;e-mail\r\nAna;a@x.com\r\n'],
    ['commas', 'nome,e-mail\nAna,a@x.com'],
    ['tabs, empty lines', '\nnome\te-mail\n\nAna\ta@x.com\n\n'],
    ['quotation marks', '"nome";"e-mail"\n"Ana";"a@x.com"\n'],
  ])('%s', (_name, text) => {
    expect(cells(read(text))).toEqual([
      ['nome', 'e-mail'],
      ['Ana', 'a@x.com'],
    ]);
  });

  test('keeps lines within quotation marks, and tells on which line a row ends', () => {
    const table = read('a;b\n"x\ny;""z""";2\n3;4\n');
    expect(table).toMatchObject({
      rows: [
        { line: 3, cells: ['x\ny;"z"', '2'] },
        { line: 4, cells: ['3', '4'] },
      ],
    });
  });

  test('reads Latin-1 and UTF-16', () => {
    expect(cells(readCsvTable(Buffer.from('nome;preço\nJoão;1', 'latin1')))).toEqual([
      ['nome', 'preço'],
      ['João', '1'],
    ]);
    const utf16 = Buffer.from('\ufeffnome\tcidade\nJosé\tSão Paulo', 'utf16le');
    expect(cells(readCsvTable(utf16))).toEqual([
      ['nome', 'cidade'],
      ['José', 'São Paulo'],
    ]);
  });

  test.each([
    ['', /empty/],
    ['\n \n', /empty/],
    ['a;b\n"x;1\n2;3\nsecret@x.com;4', /quotation mark is opened on line/],
  ])('%j is no table', (text, reason) => {
    const table = read(text);
    expect(table).toMatchObject({ kind: 'unreadable', reason: expect.stringMatching(reason) });
    expect(JSON.stringify(table)).not.toContain('secret');
  });

  test('reads what buildCsvLine writes', () => {
    const cell = fc.string().map((text) => text.replace(/[\r\n]+/g, '\n'));
    const row = fc.array(cell, { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(row, fc.constantFrom(';', ',', '\t'), (values, separator) => {
        const header = values.map((_value, index) => `c${index}`);
        const isBlank = values.every((value) => value.trim() === '');
        const text = [header, values].map((line) => buildCsvLine(line, separator)).join('\n');
        expect(cells(read(text))).toEqual(isBlank ? [header] : [header, values]);
      }),
    );
  });
});
