import { expect, test } from 'vitest';
import { buildCsvCell } from './csv-cell.ts';

test.each([
  ['=HYPERLINK("https://evil.example")', '\'=HYPERLINK("https://evil.example")'],
  ['+5511912345678', "'+5511912345678"],
  ['-2+3', "'-2+3"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\tx', "'\tx"],
  ['\r=1', "'\r=1"],
  ['  =1', "'  =1"],
  ['＝1', "'＝1"],
  ['natal_100%', 'natal_100%'],
  ['a=b', 'a=b'],
  ["'=1", "'=1"],
  ['', ''],
  [null, ''],
  [undefined, ''],
  [-5, '-5'],
  [true, 'true'],
])('%j becomes %j', (cell, text) => {
  expect(buildCsvCell(cell)).toBe(text);
});
