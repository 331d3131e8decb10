import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openInstanceId } from './instance-id.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rastro-instance-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('the id is made once, whoever asks first', async () => {
  const ids = await Promise.all(Array.from({ length: 8 }, () => openInstanceId(directory)));
  expect(new Set(ids).size).toBe(1);
  expect(await openInstanceId(directory)).toBe(ids[0]);
  expect(readdirSync(directory)).toEqual(['instance-id']);
});

test('a damaged file is not silently replaced: the log would be folded again under another name', async () => {
  writeFileSync(join(directory, 'instance-id'), 'garbage');
  await expect(openInstanceId(directory)).rejects.toThrow(/holds no id/);
});
