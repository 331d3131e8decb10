import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { findPlatform } from '../platforms/registry.ts';
import type { Preflight, PreflightFinding } from '../send/preflight.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

/** So long before something ends it is said. */
const SOON_MS = 45 * 86_400_000;

/** What due conversions lack, told once for each kind of problem and platform. */
export function checkPreflight({ checked, isPart, findings }: Preflight): Finding[] {
  const looked = `${checked}${isPart ? ' (of more)' : ''} due conversions looked at`;
  if (findings.length === 0) return [fine('preflight', `${looked}, nothing wrong`)];
  const kinds = Map.groupBy(findings, (one) => `${one.platform} ${one.check} ${one.problem}`);
  return [...kinds.values()].flatMap((same) => describe(same, looked));
}

function describe(same: readonly PreflightFinding[], looked: string): Finding[] {
  const [first] = same;
  if (!first) return [];
  const where = first.platform === null ? '' : ` at ${first.platform}`;
  return [warning('preflight', `${same.length} of ${looked}${where}: ${first.problem}`, first.fix)];
}

/** Versions and the like in destinations' settings that end on a day. `now` in ms. */
export async function checkExpiries(db: Kysely<Database>, now: number): Promise<Finding[]> {
  const rows = await db
    .selectFrom('destinations')
    .select(['destination_id', 'platform', 'settings'])
    .where('is_active', '=', true)
    .execute();
  return rows.flatMap(({ destination_id: id, platform, settings }) => {
    const expiry = findPlatform(platform)?.findExpiry(settings) ?? null;
    if (expiry === null) return [];
    const day = expiry.at.toISOString().slice(0, 10);
    const about = `${platform} ${id}: ${expiry.what}`;
    if (expiry.at.getTime() <= now) return [fault('versions', `${about} ended on ${day}`, expiry.fix)];
    const isSoon = expiry.at.getTime() - now < SOON_MS;
    return [
      isSoon
        ? warning('versions', `${about} ends on ${day}`, expiry.fix)
        : fine('versions', `${about} until ${day}`),
    ];
  });
}
