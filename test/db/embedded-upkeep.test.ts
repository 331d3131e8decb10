import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/io/database.ts';
import { locateEmbedded } from '../../src/io/embedded/location.ts';
import { createTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';

describe.runIf(process.env.TEST_BACKEND === 'embedded')('the upkeep of the embedded database', () => {
  it('reuses dead rows, keeps statistics and recycles the write-ahead log', async () => {
    const database = await createTestDatabase();
    const limits = { checkpointMs: 100, vacuumMs: 300 };
    const handle = await openDatabase({ kind: 'embedded', dataDir: database.dataDir, limits });
    await handle.pool.query(
      `create table busy as select n, repeat('x', 500) as text from generate_series(1, 2000) n`,
    );
    for (let round = 0; round < 40; round += 1)
      await handle.pool.query(`update busy set text = text || $1`, ['y']);
    const vacuumed = async (): Promise<boolean> => {
      const { rows } = await handle.pool.query(
        `select n_dead_tup, last_vacuum, last_analyze from pg_stat_user_tables where relname = 'busy'`,
      );
      return rows[0].n_dead_tup === '0' && rows[0].last_vacuum !== null && rows[0].last_analyze !== null;
    };
    expect(await waitFor('vacuum and analyze', vacuumed)).toBe(true);
    const wal = join(locateEmbedded(database.dataDir).cluster, 'pg_wal');
    const countSegments = () => readdirSync(wal).filter((file) => /^[0-9A-F]{24}$/.test(file)).length;
    // 40 rounds write 50 MB or more: 16 MB a segment, none removed without a checkpoint.
    await expect.poll(countSegments).toBeLessThanOrEqual(4);
    await handle.close();
    await database.remove();
  });
});
