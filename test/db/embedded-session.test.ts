import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../src/io/database.ts';
import { locateEmbedded } from '../../src/io/embedded/location.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const embedded = process.env.TEST_BACKEND === 'embedded';
let database: TestDatabase;
let handle: DatabaseHandle;

beforeAll(async () => {
  database = await createTestDatabase();
  handle = await openDatabase(database.options);
});
afterAll(async () => {
  await handle.close();
  await database.remove();
});
beforeEach(async () => {
  await handle.pool.query('drop table if exists item; create table item (id int primary key, note text)');
});

async function withClients(work: (a: pg.PoolClient, b: pg.PoolClient) => Promise<void>): Promise<void> {
  const a = await handle.pool.connect();
  const b = await handle.pool.connect();
  try {
    await work(a, b);
  } finally {
    a.release(true);
    b.release(true);
  }
}

async function codeOf(query: Promise<unknown>): Promise<string | undefined> {
  const error = await query.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof pg.DatabaseError ? error.code : String(error);
}

describe('connections to one database', () => {
  it('do not see each other’s open transactions', async () => {
    await withClients(async (a, b) => {
      await a.query('begin');
      await a.query(`insert into item values (1, 'a')`);
      const seenByB = b.query('select count(*) from item');
      if (embedded) expect(await Promise.race([seenByB, wait(100, 'waits')])).toBe('waits');
      else await seenByB;
      await a.query('rollback');
      expect((await seenByB).rows).toEqual([{ count: '0' }]);
    });
  });

  it('take turns: many at once lose nothing', async () => {
    const increments = Array.from({ length: 40 }, (_, id) =>
      handle.db.transaction().execute(async (transaction) => {
        await sql`insert into item values (${id}, 'x')`.execute(transaction);
        await sql`update item set note = 'y' where id = ${id}`.execute(transaction);
      }),
    );
    await Promise.all(increments);
    const { rows } = await handle.pool.query(`select count(*) from item where note = 'y'`);
    expect(rows).toEqual([{ count: '40' }]);
  });

  it('answer errors with the codes of PostgreSQL, and go on', async () => {
    await handle.pool.query(`insert into item values (1, 'a')`);
    expect(await codeOf(handle.pool.query('insert into item values ($1, $2)', [1, 'b']))).toBe('23505');
    expect(await codeOf(handle.pool.query('insert into item values (null, null)'))).toBe('23502');
    expect(await codeOf(handle.pool.query('select nope'))).toBe('42703');
    expect(await codeOf(handle.pool.query('selekt 1'))).toBe('42601');
    expect(await codeOf(handle.pool.query('select 1/0'))).toBe('22012');
    expect((await handle.pool.query('select note from item')).rows).toEqual([{ note: 'a' }]);
  });

  it('refuse all but a rollback in a failed transaction', async () => {
    await withClients(async (a) => {
      await a.query('begin');
      expect(await codeOf(a.query('select $1::int / 0', [1]))).toBe('22012');
      expect(await codeOf(a.query('select 1'))).toBe('25P02');
      await a.query('rollback');
      expect((await a.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    });
  });

  it('give the same JavaScript types', async () => {
    const { rows } =
      await handle.pool.query(`select 1::int2 as a, 2::int4 as b, 3::int8 as c, 4.50::numeric as d,
      1.5::float8 as e, true as f, 'x' as g, '{"k":[1]}'::jsonb as h, '10.0.0.1'::inet as i, '\\x00ff'::bytea as j,
      '2026-01-02T03:04:05.678Z'::timestamptz as k, '2026-01-02'::date as l, array[1,2] as m, array['p','q'] as n,
      '0190b5a2-0000-7000-8000-000000000001'::uuid as o, null::text as p`);
    expect(rows[0]).toEqual({
      a: 1,
      b: 2,
      c: '3',
      d: '4.50',
      e: 1.5,
      f: true,
      g: 'x',
      h: { k: [1] },
      i: '10.0.0.1',
      j: Buffer.from([0, 255]),
      k: new Date('2026-01-02T03:04:05.678Z'),
      l: '2026-01-02',
      m: [1, 2],
      n: ['p', 'q'],
      o: '0190b5a2-0000-7000-8000-000000000001',
      p: null,
    });
  });

  it('are rolled back when they drop inside a transaction', async () => {
    const client = await handle.pool.connect();
    await client.query('begin');
    await client.query(`insert into item values (7, 'lost')`);
    client.release(true);
    expect((await handle.pool.query('select * from item')).rows).toEqual([]);
  });

  it('keep their prepared statements apart', async () => {
    await withClients(async (a, b) => {
      expect((await a.query({ name: 'same', text: 'select 1 as n' })).rows).toEqual([{ n: 1 }]);
      expect((await b.query({ name: 'same', text: 'select 2 as n' })).rows).toEqual([{ n: 2 }]);
      expect((await a.query({ name: 'same', text: 'select 1 as n' })).rows).toEqual([{ n: 1 }]);
    });
  });

  it('keep their settings apart', async () => {
    await withClients(async (a, b) => {
      await a.query(`set statement_timeout = '123s'`);
      await a.query(`set search_path to pg_catalog`);
      expect((await b.query('show statement_timeout')).rows).not.toEqual([{ statement_timeout: '123s' }]);
      expect((await b.query('select * from item')).rows).toEqual([]);
      expect((await a.query('show search_path')).rows).toEqual([{ search_path: 'pg_catalog' }]);
    });
  });

  it('keep SET LOCAL inside its transaction', async () => {
    await withClients(async (a) => {
      await a.query(`begin; set local lock_timeout = '7s'; select 1`);
      expect((await a.query('show lock_timeout')).rows).toEqual([{ lock_timeout: '7s' }]);
      await a.query('commit');
      expect((await a.query('show lock_timeout')).rows).toEqual([{ lock_timeout: '0' }]);
    });
  });

  it('tell notifications to those who listen, and to nobody else', async () => {
    await withClients(async (a, b) => {
      const heard: string[] = [];
      a.on('notification', ({ payload }) => heard.push(`a ${payload}`));
      b.on('notification', ({ payload }) => heard.push(`b ${payload}`));
      await a.query('listen news');
      await b.query(`begin; notify news, 'one'; commit; select 1`);
      await b.query(`select pg_notify('other', 'two')`);
      await a.query('select 1');
      expect(heard).toEqual(['a one']);
    });
  });

  it('carry large parameters and large results', async () => {
    const text = 'ä'.repeat(3_000_000);
    const { rows } = await handle.pool.query('select $1::text as text', [text]);
    expect(rows[0].text === text).toBe(true);
    const many = await handle.pool.query(`select n, repeat('x', 100) from generate_series(1, 50000) n`);
    expect(many.rowCount).toBe(50_000);
  });

  it('enforce isolation levels', async () => {
    const writing = handle.db
      .transaction()
      .setAccessMode('read only')
      .execute((transaction) => sql`insert into item values (1, 'x')`.execute(transaction));
    expect(await codeOf(writing)).toBe('25006');
  });
});

describe.runIf(embedded)('the embedded database with little patience', () => {
  let own: TestDatabase;
  let hasty: DatabaseHandle;
  beforeAll(async () => {
    own = await createTestDatabase();
    const limits = { turnWaitMs: 400, idleInTransactionMs: 3_000 };
    hasty = await openDatabase({ kind: 'embedded', dataDir: own.dataDir, limits });
  });
  afterAll(async () => {
    await hasty.close();
    await own.remove();
  });
  beforeEach(async () => {
    await hasty.pool.query('drop table if exists item; create table item (id int primary key, note text)');
  });

  it('names the cause when the root handle is used inside a transaction', async () => {
    const nested = hasty.db.transaction().execute(async (transaction) => {
      await sql`insert into item values (1, 'x')`.execute(transaction);
      await sql`select 1`.execute(hasty.db);
    });
    await expect(nested).rejects.toMatchObject({
      code: '55P03',
      hint: expect.stringContaining('root handle'),
    });
    expect((await hasty.pool.query('select * from item')).rows).toEqual([]);
  });

  it('ends a transaction that does nothing for too long', async () => {
    const client = await hasty.pool.connect();
    const lost = new Promise((resolve) => client.once('error', resolve));
    await client.query('begin');
    await client.query(`insert into item values (1, 'x')`);
    expect(await lost).toMatchObject({ code: '25P03' });
    client.release(true);
    expect((await hasty.pool.query('select * from item')).rows).toEqual([]);
  });
});

describe.runIf(embedded)('the embedded database', () => {
  it('refuses what would kill it or hold no promise', async () => {
    await withClients(async (a) => {
      expect(await codeOf(a.query('copy item from stdin'))).toBe('57014');
      expect(await codeOf(a.query('/* x */ copy item from stdin', []))).toBe('57014');
      expect(await codeOf(a.query('select pg_advisory_lock(1)'))).toBe('0A000');
      expect(await codeOf(a.query('select pg_try_advisory_lock_shared(1, 2)'))).toBe('0A000');
      await a.query('begin; select pg_advisory_xact_lock(1); commit');
      expect((await a.query(`select 'copy item from stdin' as text`)).rows).toHaveLength(1);
    });
  });

  it('hangs up on what is not its protocol, and lives on', async () => {
    const { socket } = locateEmbedded(database.dataDir);
    for (const garbage of [
      'GET / HTTP/1.1\r\n\r\n',
      '\0\0\0\x02',
      '\xff'.repeat(100),
      '\0\0\0\x08\0\x02\0\0',
    ]) {
      const raw = connect(socket);
      raw.on('error', () => undefined);
      raw.end(garbage, 'latin1');
      raw.resume();
      await new Promise((resolve) => raw.once('close', resolve));
    }
    expect((await handle.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});
