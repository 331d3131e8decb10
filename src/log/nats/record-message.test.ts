import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildMessage, readMessage } from './record-message.ts';

const jsons = fc.array(
  fc.jsonValue().map((value) => JSON.stringify({ value })),
  { minLength: 1, maxLength: 30 },
);

test('a message reads as the records that it was built of, from any of them on', () => {
  fc.assert(
    fc.property(jsons, (records) => {
      const { payload, offsets } = buildMessage(records, 1_000_000);
      expect([...readMessage(payload)].map(({ json }) => json)).toEqual(records);
      expect([...readMessage(payload)].map(({ offset }) => offset)).toEqual(offsets);
      for (const [index, offset] of offsets.entries())
        expect([...readMessage(payload, offset)].map(({ json }) => json)).toEqual(records.slice(index));
    }),
  );
});

test('a message keeps to its size, and takes one record in any case', () => {
  fc.assert(
    fc.property(jsons, fc.integer({ min: 1, max: 500 }), (records, maxBytes) => {
      const { payload, offsets } = buildMessage(records, maxBytes);
      expect(offsets.length).toBeGreaterThan(0);
      expect(payload.length <= maxBytes || offsets.length === 1).toBe(true);
      expect([...readMessage(payload)].map(({ json }) => json)).toEqual(records.slice(0, offsets.length));
    }),
  );
});

test.each([
  ['a strange message', 'hello', [null]],
  ['a flipped bit', '00000000 {"a":1}\n', [null]],
  ['a cut line', '00000000 {"a', [null]],
  ['nothing', '', []],
])('%s holds no record', (_, text, expected) => {
  expect([...readMessage(Buffer.from(text))].map(({ json }) => json)).toEqual(expected);
});

test('a message that nobody could have built does not hide the records beside the damage', () => {
  const { payload } = buildMessage(['{"a":1}', '{"b":2}', '{"c":3}'], 1_000);
  const at = payload.indexOf('"b"');
  payload[at + 1] = 'x'.charCodeAt(0);
  expect([...readMessage(payload)].map(({ json }) => json)).toEqual(['{"a":1}', null, '{"c":3}']);
});
