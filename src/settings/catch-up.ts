import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { findSettingsVersion } from './copy.ts';
import type { Registry } from './types.ts';

/**
 * Takes the settings of this moment into the process's copy if the database has newer ones: before anything is given
 * up because of something that the copy does not know. Rejects if the database is away.
 */
export async function catchUp(
  db: Kysely<Database>,
  registry: Pick<Registry, 'version' | 'source' | 'refresh'>,
): Promise<void> {
  const version = await findSettingsVersion(db);
  if (registry.source !== 'database' || version !== registry.version) await registry.refresh();
}
