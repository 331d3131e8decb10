import { expect, test } from 'vitest';
import { readAddress } from './lead-address.ts';

const NOTHING = { city: null, state: null, zip: null, country: null };

test.each([
  [[{}], NOTHING],
  [[null, 'x', []], NOTHING],
  [
    [{ CEP: '01310-100', Cidade: ' São Paulo ', UF: 'SP', país: 'Brasil' }],
    { city: 'São Paulo', state: 'SP', zip: '01310-100', country: 'BR' },
  ],
  [[{ zip: 37221 }, { zip: '1', country: 'us' }], { ...NOTHING, zip: '37221', country: 'us' }],
  [[{ city: '  ', zip: { a: 1 } }, { city: 'x'.repeat(101) }], NOTHING],
])('%j', (sources, address) => {
  expect(readAddress(...sources)).toEqual(address);
});
