import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/io/database.ts';
import { locateEmbedded } from '../../src/io/embedded/location.ts';
import { createTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';

describe.runIf(process.env.TEST_BACKEND === 'embedded')('an embedded engine that dies', () => {
  it('fails its queries, is started again, and has what was acknowledged', async () => {
    const database = await createTestDatabase();
    const log: string[] = [];
    const handle = await openDatabase({
      kind: 'embedded',
      dataDir: database.dataDir,
      log: (message) => log.push(message),
    });
    await handle.pool.query('create table kept (n int); insert into kept values (1)');
    const wal = join(locateEmbedded(database.dataDir).cluster, 'pg_wal');
    // A server that cannot write its log panics: here too.
    renameSync(wal, `${wal}.away`);
    await expect(handle.pool.query('insert into kept values (2); select pg_switch_wal()')).rejects.toThrow();
    await expect(handle.pool.query('insert into kept values (3); select pg_switch_wal()')).rejects.toThrow();
    renameSync(`${wal}.away`, wal);
    const read = async (): Promise<unknown[]> =>
      (await handle.pool.query('select n from kept where n = 1')).rows;
    expect(await waitFor('the engine', read)).toEqual([{ n: 1 }]);
    expect(log.join('\n')).toContain('starting it again');
    expect(Math.max(...log.map((line) => line.length))).toBeLessThan(700);
    await handle.close();
    await database.remove();
  });
});
