import { openDatabase } from '../../src/io/database.ts';

// The process that the tests start, race and kill: it owns the data directory, says so, and inserts for ever.
const [dataDir = '', mode = 'insert'] = process.argv.slice(2);
try {
  const handle = await openDatabase({ kind: 'embedded', dataDir, access: 'own' });
  await handle.pool.query(
    'create table if not exists acknowledged (n bigint generated always as identity primary key)',
  );
  process.stdout.write('ready\n');
  while (mode === 'insert') {
    const { rows } = await handle.pool.query('insert into acknowledged default values returning n');
    process.stdout.write(`${rows[0].n}\n`);
  }
  setInterval(() => undefined, 1000);
} catch (error) {
  process.stdout.write(`refused: ${error instanceof Error ? error.message : error}\n`);
}
