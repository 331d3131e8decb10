import { mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildMmdb } from '../../../test/support/mmdb.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { openLogger } from '../logger.ts';
import { type Geo, openGeo } from './geo.ts';
import { buildNetworkTable, NetworkColumns, openNetworkTable } from './network-table.ts';

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
  const table = openNetworkTable(buildNetworkTable(v4, v6));
  expect(table?.size).toBe(3);
  expect(table?.find('1.0.1.7')).toEqual(owner(13_335, false));
  expect(table?.find('1.0.2.0')).toBeNull();
  expect(table?.find('0.255.255.255')).toBeNull();
  expect(table?.find('223.1.2.3')).toEqual(owner(16_509, true));
  expect(table?.find('2804:14c:1::5')).toEqual(owner(28_573, false));
  expect(table?.find('2804:14d::')).toBeNull();
  expect(openNetworkTable(buildNetworkTable(v4, v6).subarray(0, 40))).toBeNull();
});
