import { CLICK_FOLLOWERS } from '../bot/follow-clicks.ts';
import type { Job } from '../jobs/job.ts';
import type { Parts } from '../parts.ts';
import { keepUpSalts } from './rotate-ip-salt.ts';

/** Every hour: a change of IP_HASH_SALT is kept up, and the salt of before destroyed at the end of its overlap. */
export const ipSaltJob: Job<Parts> = {
  name: 'ip-salts',
  schedule: { cron: '23 * * * *' },
  expireSeconds: 3_600,
  run: ({ config, database, vault }, signal) => {
    const run = { configured: config.ipHashSalt, followers: CLICK_FOLLOWERS, now: new Date(), signal };
    return keepUpSalts(database.db, { vault, ...run });
  },
};
