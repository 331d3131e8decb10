import { isIPv6 } from 'node:net';
import type { NetworkOwner } from '../../domain/place.ts';

/** An address as two 32-bit numbers: an IPv4 address is [0, it]; of IPv6 the first 64 bits, no route is longer. */
export type AddressPair = readonly [number, number];

/** A range of addresses and who announces it. */
export interface NetworkRange {
  readonly start: AddressPair;
  readonly end: AddressPair;
  readonly owner: NetworkOwner;
}

/** Which network an address belongs to. */
export interface NetworkTable {
  readonly size: number;
  /** Null for an address that nobody announces. */
  find(ip: string): NetworkOwner | null;
}

const MAGIC = 0x5241_534e;
const DATACENTER_BIT = 0x8000_0000;
const V4_COLUMNS = 3;
const V6_COLUMNS = 5;

/** Collects sorted ranges of one kind of address, neighbours of one owner as one; plain numbers, half a million rows. */
export class NetworkColumns {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #owners: number[] = [];
  readonly #isWide: boolean;

  constructor(kind: 'v4' | 'v6') {
    this.#isWide = kind === 'v6';
  }

  get rows(): number {
    return this.#owners.length;
  }

  add({ start, end, owner }: NetworkRange): void {
    const word = packOwner(owner);
    const width = this.#isWide ? 2 : 1;
    if (this.#owners.at(-1) === word && this.#isNeighbour(start)) {
      this.#ends.length -= width;
    } else {
      this.#starts.push(...start.slice(2 - width));
      this.#owners.push(word);
    }
    this.#ends.push(...end.slice(2 - width));
  }

  /** The columns one after the other. */
  *words(): Generator<number> {
    for (const column of [this.#starts, this.#ends]) {
      if (!this.#isWide) yield* column;
      else
        for (const half of [0, 1]) for (let row = half; row < column.length; row += 2) yield column[row] ?? 0;
    }
    yield* this.#owners;
  }

  #isNeighbour([high, low]: AddressPair): boolean {
    const endHigh = this.#isWide ? (this.#ends.at(-2) ?? 0) : 0;
    const endLow = this.#ends.at(-1) ?? 0;
    return high === endHigh && low <= endLow + 1;
  }
}

/** The table's bytes: a header of three numbers, then whole columns, so that it opens without being read through. */
export function buildNetworkTable(v4: NetworkColumns, v6: NetworkColumns): Buffer {
  const words = new Uint32Array(3 + v4.rows * V4_COLUMNS + v6.rows * V6_COLUMNS);
  words.set([MAGIC, v4.rows, v6.rows]);
  let at = 3;
  for (const columns of [v4, v6]) {
    for (const word of columns.words()) {
      words[at] = word;
      at += 1;
    }
  }
  return Buffer.from(words.buffer);
}

function packOwner({ asn, isDatacenter }: NetworkOwner): number {
  return (asn | (isDatacenter ? DATACENTER_BIT : 0)) >>> 0;
}

/** Opens a table's bytes; null if they are none, or not all of them. */
export function openNetworkTable(bytes: Buffer): NetworkTable | null {
  if (bytes.length < 12 || bytes.length % 4 !== 0) return null;
  const words = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const [magic, v4 = 0, v6 = 0] = words;
  if (magic !== MAGIC || words.length !== 3 + v4 * V4_COLUMNS + v6 * V6_COLUMNS) return null;
  const column = (n: number) => words.subarray(3 + v4 * n, 3 + v4 * (n + 1));
  const base = 3 + v4 * V4_COLUMNS;
  const wide = (n: number) => words.subarray(base + v6 * n, base + v6 * (n + 1));
  const findV4 = buildFindV4(column(0), column(1), column(2));
  const findV6 = buildFindV6([wide(0), wide(1)], [wide(2), wide(3)], wide(4));
  return { size: v4 + v6, find: (ip) => (isIPv6(ip) ? findV6(ip) : findV4(ip)) };
}

function buildFindV4(starts: Uint32Array, ends: Uint32Array, owners: Uint32Array) {
  return (ip: string): NetworkOwner | null => {
    const address = readIpv4(ip);
    const row = lastRow(starts.length, (middle) => (starts[middle] ?? 0) <= address);
    return row >= 0 && address <= (ends[row] ?? 0) ? unpackOwner(owners[row] ?? 0) : null;
  };
}

type Pair = readonly [Uint32Array, Uint32Array];

function buildFindV6(starts: Pair, ends: Pair, owners: Uint32Array) {
  const at = ([high, low]: Pair, row: number): readonly [number, number] => [high[row] ?? 0, low[row] ?? 0];
  return (ip: string): NetworkOwner | null => {
    const address = readIpv6(ip);
    const row = lastRow(owners.length, (middle) => !isAfter(at(starts, middle), address));
    return row >= 0 && !isAfter(address, at(ends, row)) ? unpackOwner(owners[row] ?? 0) : null;
  };
}

function isAfter([high, low]: readonly [number, number], other: readonly [number, number]): boolean {
  return high > other[0] || (high === other[0] && low > other[1]);
}

/** The last row that is not past the address; -1 if all are. */
function lastRow(rows: number, isNotPast: (row: number) => boolean): number {
  let [low, high] = [0, rows];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isNotPast(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function unpackOwner(word: number): NetworkOwner {
  return { asn: word & ~DATACENTER_BIT, isDatacenter: (word & DATACENTER_BIT) !== 0 };
}

/** An IPv4 address as a number. */
export function readIpv4(ip: string): number {
  let number = 0;
  for (const part of ip.split('.')) number = number * 256 + Number(part);
  return number;
}

/** The first 64 bits of an IPv6 address, as two numbers. */
export function readIpv6(ip: string): readonly [number, number] {
  const [head = '', tail = ''] = ip.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === '' ? [] : tail.split(':');
  const gap = ip.includes('::') ? Array.from({ length: 8 - first.length - last.length }, () => '0') : [];
  const [a = 0, b = 0, c = 0, d = 0] = [...first, ...gap, ...last].map((group) => Number.parseInt(group, 16));
  return [a * 65_536 + b, c * 65_536 + d];
}
