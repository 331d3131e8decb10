import { openSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { NetworkOwner } from '../../domain/place.ts';
import { BlockFile, type FileBytes } from './file-bytes.ts';

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
  /** Null for an address that nobody announces, and where the file turns out to be damaged. */
  find(ip: string): NetworkOwner | null;
  /** Gives its file back; it knows no network any more. */
  close(): void;
}

/** Of a table whose numbers begin with the highest byte; an older table is no table, and is made anew. */
const MAGIC = 0x5241_534f;
const HEADER_WORDS = 3;
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
  const bytes = Buffer.alloc(countWords(v4.rows, v6.rows) * 4);
  let at = 0;
  const write = (word: number) => {
    at = bytes.writeUInt32BE(word, at);
  };
  for (const word of [MAGIC, v4.rows, v6.rows]) write(word);
  for (const columns of [v4, v6]) for (const word of columns.words()) write(word);
  return bytes;
}

const countWords = (v4: number, v6: number): number => HEADER_WORDS + v4 * V4_COLUMNS + v6 * V6_COLUMNS;

function packOwner({ asn, isDatacenter }: NetworkOwner): number {
  return (asn | (isDatacenter ? DATACENTER_BIT : 0)) >>> 0;
}

/** Half a megabyte of seven: the first steps of every search, and the ranges that were asked last. */
const SLOTS = 128;

/** Opens a table's file; null if it cannot be read, or is none. It may be replaced while it is open, not overwritten. */
export function openNetworkFile(path: string): NetworkTable | null {
  try {
    return openNetworkTable(new BlockFile(openSync(path, 'r'), SLOTS));
  } catch {
    return null;
  }
}

/** Takes over a table's bytes; null, and they are closed, if they are none or not all of them. */
export function openNetworkTable(bytes: FileBytes): NetworkTable | null {
  const find = buildFind(bytes);
  if (find === null) bytes.close();
  return find === null ? null : { ...find, close: () => bytes.close() };
}

function buildFind(bytes: FileBytes): Pick<NetworkTable, 'size' | 'find'> | null {
  const word = (at: number) => bytes.uintAt(at * 4, 4);
  try {
    const [magic, v4, v6] = [word(0), word(1), word(2)];
    if (magic !== MAGIC || bytes.length !== countWords(v4, v6) * 4) return null;
    const findV4 = buildFindV4({ word, start: HEADER_WORDS, rows: v4 });
    const findV6 = buildFindV6({ word, start: HEADER_WORDS + v4 * V4_COLUMNS, rows: v6 });
    return { size: v4 + v6, find: (ip) => orNull(() => (isIPv6(ip) ? findV6(ip) : findV4(ip))) };
  } catch {
    return null;
  }
}

/** Nothing where the file was cut while it was in use, or is closed. */
function orNull<Value>(find: () => Value | null): Value | null {
  try {
    return find();
  } catch {
    return null;
  }
}

/** The ranges of one kind of address, column after column from the word `start` on. */
interface Ranges {
  readonly word: (at: number) => number;
  readonly start: number;
  readonly rows: number;
}

function buildFindV4({ word, start, rows }: Ranges): NetworkTable['find'] {
  const at = (column: number, row: number) => word(start + column * rows + row);
  return (ip) => {
    const address = readIpv4(ip);
    const row = lastRow(rows, (middle) => at(0, middle) <= address);
    return row >= 0 && address <= at(1, row) ? unpackOwner(at(2, row)) : null;
  };
}

function buildFindV6({ word, start, rows }: Ranges): NetworkTable['find'] {
  const at = (column: number, row: number) => word(start + column * rows + row);
  const pair = (column: number, row: number): AddressPair => [at(column, row), at(column + 1, row)];
  return (ip) => {
    const address = readIpv6(ip);
    const row = lastRow(rows, (middle) => !isAfter(pair(0, middle), address));
    return row >= 0 && !isAfter(address, pair(2, row)) ? unpackOwner(at(4, row)) : null;
  };
}

function isAfter([high, low]: AddressPair, other: AddressPair): boolean {
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
export function readIpv6(ip: string): AddressPair {
  const [head = '', tail = ''] = ip.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === '' ? [] : tail.split(':');
  const gap = ip.includes('::') ? Array.from({ length: 8 - first.length - last.length }, () => '0') : [];
  const [a = 0, b = 0, c = 0, d = 0] = [...first, ...gap, ...last].map((group) => Number.parseInt(group, 16));
  return [a * 65_536 + b, c * 65_536 + d];
}
