import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/io/database.ts';
import { MigrationRefused, migrate, migrationState } from '../../src/io/migrate.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';

let database: OpenTestDatabase;
let directory: string;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(async () => {
  await database.close();
});
beforeEach(async () => {
  await database.pool.query('drop schema public cascade; create schema public');
  directory = mkdtempSync(join(tmpdir(), 'rastro-migrations-'));
  write('0001_first.sql', 'create table first (n int);\ninsert into first values (1);');
  write(
    '0002_second.sql',
    'create function one() returns int language plpgsql as $$ begin return 1; end $$;',
  );
  return () => rmSync(directory, { recursive: true });
});

function write(file: string, sql: string): void {
  writeFileSync(join(directory, file), sql);
}

async function read(query: string): Promise<unknown> {
  return (await database.pool.query(query)).rows;
}

describe('migrate', () => {
  it('applies what is missing, in order, and then nothing', async () => {
    expect(await migrationState(database, { directory })).toEqual({
      kind: 'behind',
      version: 0,
      pending: ['0001_first', '0002_second'],
    });
    const log: string[] = [];
    const first = await migrate(database, { directory, log: (message) => log.push(message) });
    expect(first).toEqual({ applied: ['0001_first', '0002_second'] });
    expect(log).toEqual(['applied migration 0001_first', 'applied migration 0002_second']);
    write('0003_third.sql', 'alter table first add m text');
    expect(await migrate(database, { directory })).toEqual({ applied: ['0003_third'] });
    expect(await migrate(database, { directory })).toEqual({ applied: [] });
    expect(await migrationState(database, { directory })).toEqual({ kind: 'current', version: 3 });
    expect(await read('select *, one() from first')).toEqual([{ n: 1, m: null, one: 1 }]);
  });

  it('is done once when several processes begin together', async () => {
    const other = await openDatabase(database.testDatabase.options);
    const results = await Promise.all(
      [database, other, database, other].map((handle) => migrate(handle, { directory })),
    );
    await other.close();
    expect(results.flatMap(({ applied }) => applied).sort()).toEqual(['0001_first', '0002_second']);
    expect(await read('select n from first')).toEqual([{ n: 1 }]);
  });

  it('refuses a schema that is newer than the program, and changes nothing', async () => {
    await migrate(database, { directory });
    rmSync(join(directory, '0002_second.sql'));
    const refused = migrate(database, { directory });
    await expect(refused).rejects.toThrow(MigrationRefused);
    await expect(refused).rejects.toThrow('at version 2, this program knows up to 1: start the newer Rastro');
    expect(await migrationState(database, { directory })).toEqual({ kind: 'newer', version: 2, known: 1 });
  });

  it('refuses a migration whose text has changed since it was applied', async () => {
    await migrate(database, { directory });
    write('0001_first.sql', 'drop table first');
    write('0003_third.sql', 'create table third (n int)');
    await expect(migrate(database, { directory })).rejects.toThrow('migration 0001_first was applied');
    expect(await read(`select to_regclass('third') as third, n from first`)).toEqual([{ third: null, n: 1 }]);
  });

  it('does not mind other line ends', async () => {
    await migrate(database, { directory });
    write('0001_first.sql', readFileSync(join(directory, '0001_first.sql'), 'utf8').replaceAll('\n', '\r\n'));
    expect(await migrate(database, { directory })).toEqual({ applied: [] });
  });

  it('leaves nothing of a migration that fails, and names file, line and error', async () => {
    write('0003_broken.sql', 'create table half (n int);\ninsert into first values (2);\nselect nope;');
    await expect(migrate(database, { directory })).rejects.toThrow(
      'migration 0003_broken failed: column "nope" does not exist at line 3 (42703)',
    );
    expect(await read(`select to_regclass('half') as half, n from first`)).toEqual([{ half: null, n: 1 }]);
    expect(await migrationState(database, { directory })).toEqual({
      kind: 'behind',
      version: 2,
      pending: ['0003_broken'],
    });
    write('0003_broken.sql', 'create table half (n int)');
    expect(await migrate(database, { directory })).toEqual({ applied: ['0003_broken'] });
  });

  it('runs a file outside a transaction if its first line says so', async () => {
    write('0003_index.sql', '-- no transaction\ncreate index concurrently if not exists by_n on first (n)');
    const other = await openDatabase(database.testDatabase.options);
    await Promise.all([migrate(database, { directory }), migrate(other, { directory })]);
    await other.close();
    expect(await read(`select indisvalid from pg_index where indexrelid = 'by_n'::regclass`)).toEqual([
      { indisvalid: true },
    ]);
  });

  it.each([
    ['a name without a number', 'first.sql', 'is no name of a migration'],
    ['a number used twice', '0002_again.sql', 'two migrations have the number'],
  ])('refuses %s', async (_, file, message) => {
    write(file, 'select 1');
    await expect(migrate(database, { directory })).rejects.toThrow(message);
  });
});
