import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DatabaseHandle, openDatabase } from '../../src/io/database.ts';
import { migrate } from '../../src/io/migrate.ts';
import { buildDatabaseUrl, runOnServer } from './postgres-admin.ts';

const MIGRATIONS_DIR = fileURLToPath(new URL('../../migrations', import.meta.url));

/** Which database a suite runs on; `TEST_BACKEND` says it to the test files. */
export type Backend = 'postgres' | 'embedded';

/** A migrated, empty database that every test file gets a copy of. */
export interface Template {
  remove(): Promise<void>;
}

/** Migrates one empty database and puts its name into `TEST_TEMPLATE_DATABASE`, or its data directory into `TEST_TEMPLATE_DIR`. */
export function prepareTemplate(backend: Backend): Promise<Template> {
  return backend === 'postgres' ? preparePostgres() : prepareEmbedded();
}

async function preparePostgres(): Promise<Template> {
  const name = `rastro_template_${process.pid}_${Date.now()}`;
  await runOnServer(`create database ${name}`);
  await migrateAndClose(await openDatabase({ kind: 'postgres', url: buildDatabaseUrl(name) }));
  process.env.TEST_TEMPLATE_DATABASE = name;
  return { remove: () => runOnServer(`drop database if exists ${name} with (force)`) };
}

async function prepareEmbedded(): Promise<Template> {
  const dataDir = mkdtempSync(join(tmpdir(), 'rastro-template-'));
  await migrateAndClose(await openDatabase({ kind: 'embedded', dataDir, access: 'own' }));
  process.env.TEST_TEMPLATE_DIR = dataDir;
  return { remove: async () => rmSync(dataDir, { recursive: true, force: true }) };
}

async function migrateAndClose(handle: DatabaseHandle): Promise<void> {
  try {
    await migrate(handle, { directory: MIGRATIONS_DIR });
  } finally {
    await handle.close();
  }
}
