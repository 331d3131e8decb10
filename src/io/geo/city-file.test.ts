import { mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { buildMmdb } from '../../../test/support/mmdb.ts';
import { type CityFile, openCityFile } from './city-file.ts';
import { BlockFile, type FileBytes, holdBytes } from './file-bytes.ts';

const SAO_PAULO = {
  city: { names: { en: 'São Paulo' } },
  country: { iso_code: 'BR' },
  subdivisions: [{ iso_code: 'SP', names: { en: 'São Paulo' } }],
  location: { latitude: -23.5475, longitude: -46.6361 },
};
const FLAT_RIO = {
  city: 'Rio de Janeiro (Copacabana)',
  country_code: 'BR',
  state1: 'Rio de Janeiro',
  latitude: -22.9068,
  longitude: -43.1729,
};
const V4 = buildMmdb({ ipVersion: 4, networks: { '177.32.0.0/16': SAO_PAULO, '200.147.0.0/16': FLAT_RIO } });
const BOTH = buildMmdb({ ipVersion: 6, networks: { '177.32.0.0/16': SAO_PAULO, '2804:14c::/32': FLAT_RIO } });

const directory = mkdtempSync(join(tmpdir(), 'rastro-city-'));
afterAll(() => rmSync(directory, { recursive: true }));

let written = 0;
function writeFile(bytes: Buffer): string {
  written += 1;
  const path = join(directory, `${written}.mmdb`);
  writeFileSync(path, bytes);
  return path;
}

const FORMS: readonly [string, (bytes: Buffer) => FileBytes][] = [
  ['in memory', holdBytes],
  ['read by blocks', (bytes) => new BlockFile(openSync(writeFile(bytes), 'r'), 1024)],
];

function openWith(form: (bytes: Buffer) => FileBytes, bytes: Buffer): CityFile {
  const opened = openCityFile(form(bytes));
  if (opened.kind === 'refused') throw new Error(opened.reason);
  return opened.file;
}

describe.each(FORMS)('%s', (_form, form) => {
  const open = (bytes: Buffer) => openWith(form, bytes);

  test('reads both schemas, and a city without its quarter', () => {
    const place = { country: 'BR', state: 'SP', city: 'São Paulo', latitude: -23.5475, longitude: -46.6361 };
    expect(open(V4).find('177.32.5.6')).toEqual(place);
    expect(open(V4).find('200.147.3.157')).toMatchObject({ state: 'RJ', city: 'Rio de Janeiro' });
    expect(open(V4).find('8.8.8.8')).toBeNull();
  });

  test('an IPv6 address is never looked up in a database of IPv4', () => {
    // Its first bits are those of 177.32: a reader that does not ask would answer São Paulo.
    expect(open(V4).find('b120:506::1')).toBeNull();
    expect(open(BOTH).find('2804:14c::1')).toMatchObject({ country: 'BR', state: 'RJ' });
    expect(open(BOTH).find('177.32.5.6')).toMatchObject({ state: 'SP' });
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('not a database')],
    ['its first half', V4.subarray(0, V4.length / 2)],
    ['without its last 40 bytes', V4.subarray(0, V4.length - 40)],
    ['without its tree', V4.subarray(100)],
    ['a database of something else', buildMmdb({ ipVersion: 4, networks: { '1.0.0.0/8': { asn: 13335 } } })],
    ['a database of nothing', buildMmdb({ ipVersion: 4, networks: {} })],
  ])('%s is refused', (_name, bytes) => expect(openCityFile(form(bytes)).kind).toBe('refused'));

  test('every network of MaxMind’s own test database', () => {
    const fixtures = join(import.meta.dirname, '../../../test/fixtures/maxmind');
    const file = open(readFileSync(join(fixtures, 'GeoIP2-City-Test.mmdb')));
    const lines = readFileSync(join(fixtures, 'networks.tsv'), 'utf8').trimEnd().split('\n');
    const networks = lines.filter((line) => !line.startsWith('#')).map((line) => line.split('\t'));
    expect(networks).toHaveLength(251);
    const found = networks.map(([ip = '']) => {
      const place = file.find(ip);
      return [
        ip,
        ...[place?.country, place?.state, place?.city, place?.latitude, place?.longitude].map((field) =>
          String(field ?? ''),
        ),
      ];
    });
    const told = networks.map(
      ([ip = '', country = '', state = '', city = '', latitude = '', longitude = '']) => {
        const numbers = [latitude, longitude].map((text) => (text === '' ? '' : String(Number(text))));
        return [ip, country, state, city, ...numbers];
      },
    );
    expect(found).toEqual(told);
  });

  test('a record that points to itself is damage, not an endless look-up', () => {
    const bytes = Buffer.from(V4);
    // The first record lies behind the tree and 16 zeros: a map of many fields becomes a pointer to its own place.
    const at = bytes.indexOf(Buffer.from('city'), 0) - 2;
    bytes.set([0x20, 0x00], at);
    expect(openCityFile(form(bytes))).toMatchObject({ kind: 'refused', reason: 'a record is in itself' });
  });
});

const PLACES = 30_000;
const addressOf = (n: number) => `${20 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
const MANY = buildMmdb({
  ipVersion: 4,
  networks: Object.fromEntries(
    Array.from({ length: PLACES }, (_, n) => [
      `${addressOf(n)}.0/24`,
      { country_code: 'BR', state1: 'Sao Paulo', city: `Bairro ${n} ${'x'.repeat(100)}` },
    ]),
  ),
});

test('many blocks: every look-up in a file of 5 MB finds what the whole file holds', () => {
  const [whole, blocks] = FORMS.map(([, form]) => openWith(form, MANY));
  for (let n = 0; n < PLACES; n += 7) {
    const ip = `${addressOf(n)}.9`;
    expect(blocks?.find(ip)).toEqual(whole?.find(ip));
    expect(blocks?.find(ip)?.city).toContain(`Bairro ${n} `);
  }
});

test('in a file that is cut while it is in use a look-up finds nothing, never something else', () => {
  const path = writeFile(MANY);
  const file = openWith(() => new BlockFile(openSync(path, 'r'), 1024), MANY);
  truncateSync(path, 10);
  const cities = Array.from({ length: PLACES }, (_, n) => file.find(`${addressOf(n)}.9`)?.city);
  expect(cities.filter((city, n) => city?.startsWith(`Bairro ${n} `) === false)).toEqual([]);
  expect(cities).toContain(undefined);
});

test('a closed file knows no place', () => {
  const file = openWith((bytes) => new BlockFile(openSync(writeFile(bytes), 'r'), 1024), V4);
  expect(file.find('177.32.5.6')).toMatchObject({ state: 'SP' });
  file.close();
  expect(file.find('177.32.5.6')).toBeNull();
});
