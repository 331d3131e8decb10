import { isIPv6 } from 'node:net';
import { type CityResponse, Reader } from 'mmdb-lib';
import type { Place } from '../../domain/place.ts';
import { readPlace } from './read-place.ts';

/** An opened City database. */
export interface CityFile {
  /** 4 = knows IPv4 only, 6 = knows both or IPv6 only. */
  readonly ipVersion: number;
  readonly type: string;
  readonly builtAt: Date;
  /** The place of a canonical address; null where the file knows none, or does not know that kind of address. */
  find(ip: string): Place | null;
}

/** What came of opening a file; `reason` is for the operator. */
export type OpenedCityFile =
  | { readonly kind: 'opened'; readonly file: CityFile }
  | { readonly kind: 'refused'; readonly reason: string };

const SEPARATOR_BYTES = 16;

/** Opens the bytes of an `.mmdb` file and tries it out; a truncated or foreign file is refused, never an error. */
export function openCityFile(bytes: Buffer): OpenedCityFile {
  try {
    const reader = new Reader<CityResponse>(bytes);
    const { ipVersion, databaseType, buildEpoch, searchTreeSize } = reader.metadata;
    if (searchTreeSize + SEPARATOR_BYTES >= bytes.length) return refuse('it is truncated');
    const separator = bytes.subarray(searchTreeSize, searchTreeSize + SEPARATOR_BYTES);
    if (separator.some((byte) => byte !== 0)) return refuse('its parts do not lie where it says');
    if (!hasPlaces(reader)) return refuse(`a database of type "${databaseType}" holds no places`);
    const file = { ipVersion, type: databaseType, builtAt: buildEpoch, find: buildFind(reader) };
    return { kind: 'opened', file };
  } catch (error) {
    return refuse(error instanceof Error ? error.message.slice(0, 200) : 'it cannot be read');
  }
}

const refuse = (reason: string): OpenedCityFile => ({ kind: 'refused', reason });

function buildFind(reader: Reader<CityResponse>): CityFile['find'] {
  const { ipVersion } = reader.metadata;
  return (ip) => {
    // The reader would walk an IPv4 tree with the first bits of an IPv6 address, to a wrong place.
    if (ipVersion === 4 && isIPv6(ip)) return null;
    try {
      return readPlace(reader.get(ip));
    } catch {
      // Damage that the trial look-ups did not meet.
      return null;
    }
  };
}

const STARTS = 32;
const STEPS = 48;

/** Looks at networks all over the file: each record must decode, and some must be places. */
function hasPlaces(reader: Reader<CityResponse>): boolean {
  const bits = reader.metadata.ipVersion === 6 ? 128n : 32n;
  const space = 1n << bits;
  let places = 0;
  for (let start = 0n; start < STARTS; start += 1n) {
    // Every other start is in the part of the IPv6 space that is in use, or where IPv4 lies in it.
    const used = bits === 32n ? space : start % 2n === 0n ? 1n << 32n : 1n << 126n;
    let address = (used * start) / BigInt(STARTS);
    for (let step = 0; step < STEPS && address < space; step += 1) {
      const [record, length] = reader.getWithPrefixLength(spell(address, bits));
      if (readPlace(record) !== null) places += 1;
      const size = 1n << (bits - BigInt(length));
      address = (address / size + 1n) * size;
    }
  }
  return places > 0;
}

function spell(address: bigint, bits: bigint): string {
  const width = bits === 32n ? 8n : 16n;
  const parts: string[] = [];
  for (let shift = bits - width; shift >= 0n; shift -= width) {
    parts.push(((address >> shift) & ((1n << width) - 1n)).toString(bits === 32n ? 10 : 16));
  }
  return parts.join(bits === 32n ? '.' : ':');
}
