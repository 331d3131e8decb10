import { createHmac } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { type DatabaseHandle, openDatabase } from './io/database.ts';
import { type Logger, openLogger } from './io/logger.ts';
import { openVault, type Vault } from './io/vault.ts';

/** What every process of the program begins with. */
export interface Parts {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: DatabaseHandle;
  readonly vault: Vault;
}

/** How the embedded database is reached: the server owns it, its worker joins it, a command does what it finds. */
export type EmbeddedAccess = 'own' | 'share' | 'join';

/** Opens logger, database and vault. A PostgreSQL server that is away does not stop this. */
export async function openParts(config: Config, access: EmbeddedAccess, logger?: Logger): Promise<Parts> {
  const log = logger ?? openLogger(config.logLevel);
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const warn = (message: string) => log.warn(message);
  const database = await openDatabase(
    config.databaseUrl === null
      ? { kind: 'embedded', dataDir: config.dataDir, access, log: warn }
      : { kind: 'postgres', url: config.databaseUrl, log: warn },
  );
  return {
    config,
    logger: log,
    database,
    vault: openVault({ key: config.secretKey, previous: config.secretKeyPrevious }),
  };
}

/** Where the capture log stands. */
export const logDirectoryOf = (config: Config): string => join(config.dataDir, 'log');

/** A key of its own for each purpose, so that no two uses of SECRET_KEY can be played against each other. */
export function deriveKey(config: Config, purpose: string): string {
  return createHmac('sha256', config.secretKey).update(`rastro ${purpose}`).digest('base64url');
}
