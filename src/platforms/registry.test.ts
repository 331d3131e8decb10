import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { platforms } from './registry.ts';

test('every folder is a registered platform, and every platform has its folder', () => {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name.replaceAll('-', '_'));
  expect(platforms.map(({ id }) => id).sort()).toEqual(folders.sort());
});
