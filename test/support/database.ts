import { randomBytes } from 'node:crypto';
import { constants, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DatabaseHandle,
  type EmbeddedOptions,
  openDatabase,
  type PostgresOptions,
} from '../../src/io/database.ts';
import { locateEmbedded } from '../../src/io/embedded/location.ts';
import { buildDatabaseUrl, runOnServer } from './postgres-admin.ts';
import type { Backend } from './template.ts';

/** A migrated, empty database of one test file's own, and the data directory that belongs to it. */
export interface TestDatabase {
  readonly backend: Backend;
  /** Holds the embedded database if that is the backend; a server's log, secrets and the rest go here too. */
  readonly dataDir: string;
  /** What a server needs to use it. */
  readonly env: Readonly<Record<string, string>>;
  /** What `openDatabase` needs to open it; beside a running server it joins that one. */
  readonly options: PostgresOptions | EmbeddedOptions;
  /** Drops it. Everything that uses it must be closed before. */
  remove(): Promise<void>;
}

/** An open test database; `close` drops it. */
export interface OpenTestDatabase extends Omit<DatabaseHandle, 'close'> {
  readonly testDatabase: TestDatabase;
  close(): Promise<void>;
}

/** Copies the run's migrated template on the backend that `TEST_BACKEND` names, without opening it: for tests that start the real server. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const dataDir = mkdtempSync(join(tmpdir(), 'rastro-data-'));
  const removeFiles = (): void => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
  if (process.env.TEST_BACKEND !== 'postgres') {
    copyTemplateFiles(dataDir);
    const options = { kind: 'embedded', dataDir } as const;
    return {
      backend: 'embedded',
      dataDir,
      env: { DATA_DIR: dataDir },
      options,
      remove: async () => removeFiles(),
    };
  }
  const name = `rastro_test_${randomBytes(6).toString('hex')}`;
  await runOnServer(`create database ${name} template ${readTemplate('TEST_TEMPLATE_DATABASE')}`);
  const url = buildDatabaseUrl(name);
  const remove = async (): Promise<void> => {
    await runOnServer(`drop database if exists ${name} with (force)`);
    removeFiles();
  };
  return {
    backend: 'postgres',
    dataDir,
    env: { DATA_DIR: dataDir, DATABASE_URL: url },
    options: { kind: 'postgres', url },
    remove,
  };
}

/** Copies the run's migrated template and opens the copy: for tests of the rooms that own tables. Call `close` in `afterAll`. */
export async function openTestDatabase(): Promise<OpenTestDatabase> {
  const testDatabase = await createTestDatabase();
  const handle = await openDatabase(testDatabase.options);
  const close = async (): Promise<void> => {
    await handle.close();
    await testDatabase.remove();
  };
  return { ...handle, testDatabase, close };
}

// Only the cluster: locks, sockets and process ids belong to the template's own directory.
function copyTemplateFiles(dataDir: string): void {
  const from = locateEmbedded(readTemplate('TEST_TEMPLATE_DIR')).cluster;
  cpSync(from, locateEmbedded(dataDir).cluster, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

function readTemplate(variable: string): string {
  const template = process.env[variable];
  if (template === undefined || template === '')
    throw new Error(`${variable} is not set: run the tests through vitest or npm test`);
  return template;
}
