import { join } from 'node:path';
import type { Config } from '../config.ts';
import { LEAD_HASH_PURPOSE } from '../leads/lead-tools.ts';
import type { CaptureLog } from '../log/capture-log.ts';
import { deriveKey, type Parts } from '../parts.ts';
import { forgetClicks } from '../stores/forget-clicks.ts';
import { openStores } from '../stores/open-stores.ts';
import type { PrivacyTools } from './privacy-tools.ts';

/** Where a machine keeps the months that it archived. */
export const archiveDirectoryOf = (config: Config): string => join(config.dataDir, 'archive');

/** What answering data subjects takes, of a process's parts and the log. */
export function buildPrivacyTools({ config, database, vault, logger }: Parts, log: CaptureLog): PrivacyTools {
  const { db } = database;
  return {
    db,
    leads: { vault, hashKey: deriveKey(config, LEAD_HASH_PURPOSE) },
    log,
    archiveDirectory: archiveDirectoryOf(config),
    forgetHot: async (clicks) => {
      const { redisUrl, memcachedUrl } = config;
      const isShared = config.databaseUrl !== null;
      const stores = await openStores({ redisUrl, memcachedUrl, db, isShared });
      const away = await forgetClicks(stores, clicks);
      if (away.length > 0)
        logger.warn({ stores: away }, 'a hot store could not be told of an erasure; its entries expire');
    },
  };
}
