import { mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildMmdb } from '../../../test/support/mmdb.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { openLogger } from '../logger.ts';
import { holdBytes } from './file-bytes.ts';
import { type Geo, openGeo } from './geo.ts';
import { buildNetworkTable, NetworkColumns, openNetworkFile, openNetworkTable } from './network-table.ts';

const cityOf = (name: string) =>
  buildMmdb({
    ipVersion: 4,
    networks: {
      '177.32.0.0/16': { country_code: 'BR', state1: 'Sao Paulo', city: name },
      '10.0.0.0/8': { country_code: 'US', state1: 'Texas', city: 'Nowhere' },
    },
  });

let directory = '';
let file = '';
let geo: Geo;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rastro-geo-'));
  file = join(directory, 'own.mmdb');
  writeFileSync(file, cityOf('Campinas'));
  const logger = openLogger('silent');
  geo = openGeo({ cityDb: file, dataDir: directory, logger, compilesNetworks: false, watchMs: 20 });
  await geo.ready();
});

afterEach(() => {
  geo.close();
  rmSync(directory, { recursive: true });
});

test('the operator’s file comes before the packaged data', () => {
  expect(geo.status().source).toBe('GEOIP_CITY_DB');
  expect(geo.place('177.32.1.1')).toMatchObject({ country: 'BR', state: 'SP', city: 'Campinas' });
});

test.each([
  '10.1.2.3',
  '::ffff:10.1.2.3',
  '127.0.0.1',
  '::1',
  'fe80::1',
  '192.168.1.1',
  '',
  'nonsense',
  '177.32.1.1:80',
])('"%s" is nowhere', (ip) => expect(geo.place(ip)).toBeNull());

test('an IPv4 address in IPv6 is that IPv4 address', () =>
  expect(geo.place('::ffff:177.32.1.1')).toMatchObject({ city: 'Campinas' }));

test('a new file is taken up, a truncated one is not', async () => {
  const next = join(directory, 'next.mmdb');
  writeFileSync(next, cityOf('Santos'));
  renameSync(next, file);
  await waitFor('Santos', () => geo.place('177.32.1.1')?.city === 'Santos');
  truncateSync(file, 60);
  await waitFor('the refusal', () => geo.status().refused.length === 1);
  expect(geo.place('177.32.1.1')).toMatchObject({ city: 'Santos' });
  writeFileSync(file, cityOf('Sorocaba'));
  await waitFor('Sorocaba', () => geo.place('177.32.1.1')?.city === 'Sorocaba');
  expect(geo.status().refused).toEqual([]);
});

test('a network table finds the owner of an address of either kind', () => {
  const owner = (asn: number, isDatacenter: boolean) => ({ asn, isDatacenter });
  const v4 = new NetworkColumns('v4');
  v4.add({ start: [0, 0x0100_0000], end: [0, 0x0100_00ff], owner: owner(13_335, false) });
  v4.add({ start: [0, 0x0100_0100], end: [0, 0x0100_01ff], owner: owner(13_335, false) });
  v4.add({ start: [0, 0xdf00_0000], end: [0, 0xdfff_ffff], owner: owner(16_509, true) });
  const v6 = new NetworkColumns('v6');
  v6.add({ start: [0x2804_014c, 0], end: [0x2804_014c, 0xffff_ffff], owner: owner(28_573, false) });
  const bytes = buildNetworkTable(v4, v6);
  const path = join(directory, 'networks.bin');
  writeFileSync(path, bytes);
  const tables = [openNetworkTable(holdBytes(bytes)), openNetworkFile(path)];
  for (const table of tables) {
    expect(table?.size).toBe(3);
    expect(table?.find('1.0.1.7')).toEqual(owner(13_335, false));
    expect(table?.find('1.0.2.0')).toBeNull();
    expect(table?.find('0.255.255.255')).toBeNull();
    expect(table?.find('223.1.2.3')).toEqual(owner(16_509, true));
    expect(table?.find('2804:14c:1::5')).toEqual(owner(28_573, false));
    expect(table?.find('2804:14d::')).toBeNull();
  }
  tables[1]?.close();
  expect(tables[1]?.find('1.0.1.7')).toBeNull();
  expect(openNetworkTable(holdBytes(bytes.subarray(0, 40)))).toBeNull();
  expect(openNetworkFile(join(directory, 'absent.bin'))).toBeNull();
});

test('every look-up in a table of many blocks finds what the whole table holds', () => {
  const [v4, v6] = [new NetworkColumns('v4'), new NetworkColumns('v6')];
  for (let n = 0; n < 100_000; n += 1) {
    const isDatacenter = n % 3 === 0;
    const first = 0x0200_0000 + n * 512;
    v4.add({ start: [0, first], end: [0, first + 255], owner: { asn: n + 1, isDatacenter } });
    v6.add({ start: [0x2800_0000 + n, 0], end: [0x2800_0000 + n, 99], owner: { asn: n + 1, isDatacenter } });
  }
  const path = join(directory, 'networks.bin');
  writeFileSync(path, buildNetworkTable(v4, v6));
  const table = openNetworkFile(path);
  for (let n = 0; n < 100_000; n += 11) {
    const owner = { asn: n + 1, isDatacenter: n % 3 === 0 };
    const [a, b] = [2 + (n >> 15), (n >> 7) & 255];
    expect(table?.find(`${a}.${b}.${(n & 127) * 2}.77`)).toEqual(owner);
    expect(table?.find(`${a}.${b}.${(n & 127) * 2 + 1}.77`)).toBeNull();
    const high = (0x2800_0000 + n).toString(16);
    expect(table?.find(`${high.slice(0, 4)}:${high.slice(4)}::1`)).toEqual(owner);
  }
  table?.close();
});
