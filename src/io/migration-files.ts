import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One migration as its file says it. */
export type Migration = {
  version: number;
  name: string;
  sql: string;
  checksum: string;
  inTransaction: boolean;
};

const naming = /^(\d{4})_([a-z0-9_]+)\.sql$/;

/**
 * Reads `NNNN_what.sql` of a directory, in order of their numbers.
 * @throws for a file with another name and for two files with one number.
 */
export function readMigrations(directory: string): Migration[] {
  const files = readdirSync(directory).filter((file) => file.endsWith('.sql'));
  const migrations = files.sort().map((file) => readMigration(directory, file));
  for (const [index, { version, name }] of migrations.entries()) {
    if (migrations[index - 1]?.version === version)
      throw new Error(`two migrations have the number of ${name}`);
  }
  return migrations;
}

function readMigration(directory: string, file: string): Migration {
  const version = naming.exec(file)?.[1];
  if (version === undefined) throw new Error(`${file} is no name of a migration: 0001_what_it_does.sql`);
  const sql = readFileSync(join(directory, file), 'utf8');
  return {
    version: Number(version),
    name: file.slice(0, -'.sql'.length),
    sql,
    // Line ends alone are no change: git rewrites them on some machines.
    checksum: createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex'),
    inTransaction: !/^-- no transaction\s*$/.test(sql.split('\n', 1)[0] ?? ''),
  };
}
