import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildStorableJson } from './storable-json.ts';

test('leaves out what PostgreSQL does not take', () => {
  expect(buildStorableJson({ 'a\0': ['b\0', '\ud800', 1, null, true] }, 100)).toBe(
    '{"a":["b","",1,null,true]}',
  );
});

test('is nothing when it is too long, too deep or no JSON', () => {
  let deep: unknown = 1;
  for (let level = 0; level < 30; level += 1) deep = [deep];
  expect(buildStorableJson('x'.repeat(9), 10)).toBeNull();
  expect(buildStorableJson(deep, 1000)).toBeNull();
  expect(buildStorableJson(undefined, 1000)).toBeNull();
});

test('keeps JSON that has nothing wrong', () => {
  const clean = fc.jsonValue({ maxDepth: 5 }).filter((value) => !JSON.stringify(value).includes('\\u'));
  fc.assert(
    fc.property(clean, (value) => {
      expect(JSON.parse(buildStorableJson(value, 1_000_000) ?? '')).toEqual(
        JSON.parse(JSON.stringify(value)),
      );
    }),
  );
});
