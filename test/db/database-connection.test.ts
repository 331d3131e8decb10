import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/io/database.ts';
import { buildMessage, buildReady, ClientReader } from '../../src/io/embedded/wire.ts';
import { createTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';

/** Speaks just enough of the protocol to be asked for its version. */
async function startOldServer(): Promise<{ readonly port: number; readonly stop: () => void }> {
  const row = Buffer.from('\0\x01\0\0\0\x0414.2', 'latin1');
  const columns = Buffer.concat([Buffer.from([0, 1]), Buffer.from('version\0'), Buffer.alloc(18)]);
  const server = createServer((socket) => {
    const reader = new ClientReader();
    let open = false;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      if (!open && reader.opening() === 'startup') {
        open = true;
        socket.write(Buffer.concat([buildMessage('R', Buffer.alloc(4)), buildReady()]));
      }
      for (let next = open ? reader.next() : null; next !== null; next = reader.next()) {
        if (next.type !== 'S') continue;
        const answer = [
          buildMessage('1'),
          buildMessage('2'),
          buildMessage('T', columns),
          buildMessage('D', row),
        ];
        socket.write(Buffer.concat([...answer, buildMessage('C', 'SELECT 1'), buildReady()]));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, stop: () => server.close() };
}

describe.runIf(process.env.TEST_BACKEND === 'postgres')('a connection to a PostgreSQL server', () => {
  it('is not made before it is needed, and its failure is the query’s', async () => {
    const handle = await openDatabase({ kind: 'postgres', url: 'postgres://nobody@127.0.0.1:1/none' });
    await expect(handle.pool.query('select 1')).rejects.toThrow('ECONNREFUSED');
    await handle.close();
  });

  it('is refused when the server is too old', async () => {
    const { port, stop } = await startOldServer();
    const handle = await openDatabase({ kind: 'postgres', url: `postgres://nobody@127.0.0.1:${port}/none` });
    await expect(handle.pool.query('select 1')).rejects.toThrow(
      'is PostgreSQL 14.2: Rastro needs 15 or newer',
    );
    await handle.close();
    stop();
  });

  it('is set to UTC, a time limit and a limit for idle transactions', async () => {
    const database = await createTestDatabase();
    const handle = await openDatabase({ ...database.options, maxConnections: 1 });
    const { rows } = await handle.pool.query(`select current_setting('TimeZone') as zone,
      current_setting('statement_timeout') as statement, current_setting('application_name') as name,
      current_setting('idle_in_transaction_session_timeout') as idle`);
    expect(rows).toEqual([{ zone: 'UTC', statement: '30s', name: 'rastro', idle: '1min' }]);
    await handle.close();
    await database.remove();
  });

  it('may be lost while idle: the next query gets another', async () => {
    const database = await createTestDatabase();
    const log: string[] = [];
    const handle = await openDatabase({ ...database.options, log: (message) => log.push(message) });
    const killer = await openDatabase(database.options);
    const { rows } = await handle.pool.query('select pg_backend_pid() as pid');
    await killer.pool.query('select pg_terminate_backend($1)', [rows[0].pid]);
    await waitFor('the loss to be noticed', () => log.length > 0);
    expect(log[0]).toContain('an idle database connection was lost');
    expect((await handle.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await Promise.all([handle.close(), killer.close()]);
    await database.remove();
  });
});
