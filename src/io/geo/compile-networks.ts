import { createReadStream } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { isDatacenterName } from '../../domain/datacenter-name.ts';
import { type AddressPair, buildNetworkTable, NetworkColumns, readIpv4, readIpv6 } from './network-table.ts';

/** Makes the network table of the package's CSV files and puts it in place in one step; takes about a second. */
export async function compileNetworks(packageDirectory: string, outFile: string): Promise<void> {
  // First: a folder that is removed meanwhile must not come back.
  await mkdir(dirname(outFile), { recursive: true, mode: 0o700 });
  const isDatacenter = rememberOwners();
  const v4 = new NetworkColumns('v4');
  const v6 = new NetworkColumns('v6');
  const pairV4 = (text: string): AddressPair => [0, readIpv4(text)];
  await readRanges({ file: join(packageDirectory, 'asn-ipv4.csv'), readAddress: pairV4, isDatacenter }, v4);
  await readRanges({ file: join(packageDirectory, 'asn-ipv6.csv'), readAddress: readIpv6, isDatacenter }, v6);
  const incoming = `${outFile}.${process.pid}`;
  await writeFile(incoming, buildNetworkTable(v4, v6));
  await rename(incoming, outFile);
}

type DatacenterQuestion = (asn: number, owner: string) => boolean;

/** One look at each owner's name: there are 84,000 of them, and half a million ranges. */
function rememberOwners(): DatacenterQuestion {
  const known = new Map<number, boolean>();
  return (asn, owner) => {
    const answer = known.get(asn) ?? isDatacenterName(owner);
    known.set(asn, answer);
    return answer;
  };
}

interface RangeFile {
  readonly file: string;
  readonly readAddress: (text: string) => AddressPair;
  readonly isDatacenter: DatacenterQuestion;
}

/** Reads `first,last,asn,owner` lines, which are sorted. */
async function readRanges(
  { file, readAddress, isDatacenter }: RangeFile,
  columns: NetworkColumns,
): Promise<void> {
  const input = createReadStream(file, { highWaterMark: 1 << 20 });
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const [first = '', last = '', number = ''] = line.split(',', 3);
    const asn = Number(number);
    if (!Number.isInteger(asn) || asn <= 0 || asn >= 2 ** 31) continue;
    const name = line.slice(first.length + last.length + number.length + 3);
    const owner = { asn, isDatacenter: isDatacenter(asn, name) };
    columns.add({ start: readAddress(first), end: readAddress(last), owner });
  }
}
