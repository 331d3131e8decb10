import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { findSaltStatus } from '../privacy/ip-salt-status.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

const CHECK = 'address salt';
const MACHINE = 'Give this machine the IP_HASH_SALT that rastro ip-salt rotate took into use.';
const UNTOLD =
  'Run rastro ip-salt rotate with this IP_HASH_SALT and IP_HASH_SALT_PREVIOUS = the one of before (docs/privacy.md).';
const BROKEN = 'Run rastro ip-salt rotate again: it completes what was begun.';
const OVERDUE = 'Look for errors of the job ip-salts in the worker’s log.';
/** The job runs every hour. */
const LATE_MS = 2 * 3_600_000;

/** Whether this machine has the salt in use, and whether the last change of it is complete. */
export async function checkIpSalt(db: Kysely<Database>, configured: string): Promise<Finding> {
  const status = await findSaltStatus(db, configured);
  const { changed_at, previous } = status;
  if (changed_at === null) return fine(CHECK, 'never changed');
  if (!status.is_configured_known)
    return fault(CHECK, 'it was changed without being told: addresses of before match nothing', UNTOLD);
  if (!status.is_configured_in_use) return warning(CHECK, 'this machine has the one of before', MACHINE);
  if (!status.is_complete) return warning(CHECK, `changed at ${changed_at}, not complete`, BROKEN);
  const isLate = previous.some(
    ({ is_overdue, overlap_until }) =>
      is_overdue && overlap_until !== null && Date.parse(overlap_until) < Date.now() - LATE_MS,
  );
  if (isLate) return warning(CHECK, 'the one of before should be destroyed by now', OVERDUE);
  return fine(CHECK, `changed at ${changed_at}, ${status.links.waiting} addresses have not come again`);
}
