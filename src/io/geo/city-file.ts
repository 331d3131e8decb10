import { isIPv6 } from 'node:net';
import type { Place } from '../../domain/place.ts';
import type { FileBytes } from './file-bytes.ts';
import { MmdbReader, readAddressBytes } from './mmdb-reader.ts';
import { readPlace } from './read-place.ts';

/** An opened City database. */
export interface CityFile {
  /** 4 = knows IPv4 only, 6 = knows both or IPv6 only. */
  readonly ipVersion: number;
  readonly type: string;
  readonly builtAt: Date;
  /** The place of a canonical address; null where the file knows none, or does not know that kind of address. */
  find(ip: string): Place | null;
  /** Gives its file back; it knows no place any more. */
  close(): void;
}

/** What came of opening a file; `reason` is for the operator. */
export type OpenedCityFile =
  | { readonly kind: 'opened'; readonly file: CityFile }
  | { readonly kind: 'refused'; readonly reason: string };

/** Opens the bytes of an `.mmdb` file and tries it out; a truncated or foreign file is refused and closed, never an error. */
export function openCityFile(bytes: FileBytes): OpenedCityFile {
  const refuse = (reason: string): OpenedCityFile => {
    bytes.close();
    return { kind: 'refused', reason };
  };
  try {
    const reader = new MmdbReader(bytes);
    if (!hasPlaces(reader)) return refuse(`a database of type "${reader.type}" holds no places`);
    const { ipVersion, type, builtAt } = reader;
    const file = { ipVersion, type, builtAt, find: buildFind(reader), close: () => bytes.close() };
    return { kind: 'opened', file };
  } catch (error) {
    return refuse(error instanceof Error ? error.message.slice(0, 200) : 'it cannot be read');
  }
}

function buildFind(reader: MmdbReader): CityFile['find'] {
  return (ip) => {
    // Its first bits would lead through an IPv4 tree to a wrong place.
    if (reader.ipVersion === 4 && isIPv6(ip)) return null;
    try {
      return readPlace(reader.find(readAddressBytes(ip)).record);
    } catch {
      // Damage that the trial look-ups did not meet.
      return null;
    }
  };
}

const STARTS = 32;
const STEPS = 48;

/** Looks at networks all over the file: each record must decode, and some must be places. */
function hasPlaces(reader: MmdbReader): boolean {
  const bits = reader.ipVersion === 6 ? 128n : 32n;
  const space = 1n << bits;
  let places = 0;
  for (let start = 0n; start < STARTS; start += 1n) {
    // Every other start is in the part of the IPv6 space that is in use, or where IPv4 lies in it.
    const used = bits === 32n ? space : start % 2n === 0n ? 1n << 32n : 1n << 126n;
    let address = (used * start) / BigInt(STARTS);
    for (let step = 0; step < STEPS && address < space; step += 1) {
      const { record, prefixLength } = reader.find(spellBytes(address, bits));
      if (readPlace(record) !== null) places += 1;
      const size = 1n << (bits - BigInt(prefixLength));
      address = (address / size + 1n) * size;
    }
  }
  return places > 0;
}

function spellBytes(address: bigint, bits: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(address.toString(16).padStart(Number(bits) / 4, '0'), 'hex'));
}
