import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';

let first: OpenTestDatabase;
let second: OpenTestDatabase;

beforeAll(async () => {
  first = await openTestDatabase();
  second = await openTestDatabase();
});

afterAll(async () => {
  await first.close();
  await second.close();
});

test('each file gets a migrated database that no other one sees', async () => {
  await first.db.updateTable('settings_version').set({ version: '7' }).execute();
  const versions = [first, second].map(({ db }) =>
    db.selectFrom('settings_version').select('version').executeTakeFirstOrThrow(),
  );
  expect(await Promise.all(versions)).toEqual([{ version: '7' }, { version: '1' }]);
});

test('the suite runs on the database that its name says', async () => {
  const { rows } = await first.pool.query<{ version: string }>('select version()');
  expect(first.kind).toBe(process.env.TEST_BACKEND);
  expect(rows[0]?.version.includes('PGlite')).toBe(first.kind === 'embedded');
});
