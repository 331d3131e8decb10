import { openGeo } from '../io/geo/geo.ts';
import type { Logger } from '../io/logger.ts';
import { type Finding, fine, warning } from './finding.ts';

/** Where the geo data may be. */
export interface GeoQuestion {
  readonly geoipCityDb: string | null;
  readonly dataDir: string;
  readonly logger: Logger;
}

const OLD_MS = 400 * 86_400_000;

/** Whether places of addresses are known, from which file, and how old it is. */
export async function checkGeo({ geoipCityDb, dataDir, logger }: GeoQuestion): Promise<Finding> {
  const geo = openGeo({ cityDb: geoipCityDb, dataDir, logger, compilesNetworks: false });
  await geo.ready();
  const { source, files, refused } = geo.status();
  geo.close();
  const bad = refused[0];
  if (bad) {
    const fix = 'Put a whole .mmdb file there, or take GEOIP_CITY_DB away; what was in use before stays.';
    return warning('geo data', `${bad.path} cannot be used: ${bad.reason}`, fix);
  }
  if (source === null) return warning('geo data', 'there is none', 'Run: npm run rastro -- geo update');
  const oldest = Math.min(...files.map((file) => file.builtAt.getTime()));
  const detail = `${source}, built ${new Date(oldest).toISOString().slice(0, 10)}`;
  return Date.now() - oldest > OLD_MS
    ? warning('geo data', detail, 'Addresses move: bring a newer edition with: npm run rastro -- geo update')
    : fine('geo data', detail);
}
