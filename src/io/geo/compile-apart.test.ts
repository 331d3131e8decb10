import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { compileApart } from './compile-apart.ts';
import { openNetworkFile } from './network-table.ts';

const directory = mkdtempSync(join(tmpdir(), 'rastro-networks-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('a package of networks becomes a table', { timeout: 60_000 }, async () => {
  writeFileSync(
    join(directory, 'asn-ipv4.csv'),
    '1.0.0.0,1.0.0.255,13335,"Cloudflare, Inc."\n1.0.4.0,1.0.7.255,38803,Wirefreebroadband Pty Ltd\n',
  );
  writeFileSync(join(directory, 'asn-ipv6.csv'), '2804:14c::,2804:14c:ffff::,28573,Claro NXT\n');
  const table = join(directory, 'geo', 'networks.bin');
  await compileApart({ directory, table });
  const networks = openNetworkFile(table);
  expect(networks?.size).toBe(3);
  expect(networks?.find('1.0.0.7')).toMatchObject({ asn: 13_335 });
  expect(networks?.find('1.0.5.1')).toMatchObject({ asn: 38_803 });
  expect(networks?.find('2804:14c:7::1')).toMatchObject({ asn: 28_573 });
  networks?.close();
});

test('a package that is not there is the reason', { timeout: 60_000 }, async () => {
  const absent = { directory: join(directory, 'absent'), table: join(directory, 'geo', 'other.bin') };
  await expect(compileApart(absent)).rejects.toThrow('asn-ipv4.csv');
});
