import { isIPv6 } from 'node:net';
import type { FileBytes } from './file-bytes.ts';
import { decodeValue } from './mmdb-decoder.ts';

/** What a look-up found: the record, undefined where there is none, and how many bits its network has. */
export interface MmdbEntry {
  readonly record: unknown;
  readonly prefixLength: number;
}

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
/** The description at the end of a file is at most this long. */
const DESCRIPTION_BYTES = 128 * 1024;
const SEPARATOR_BYTES = 16;

/** Looks addresses up in a file of MaxMind's format 2.0: a binary tree of address bits, and records behind it. */
export class MmdbReader {
  /** 4 = knows IPv4 only, 6 = knows both or IPv6 only. */
  readonly ipVersion: number;
  readonly type: string;
  readonly builtAt: Date;
  readonly #bytes: FileBytes;
  readonly #nodes: number;
  readonly #recordBits: number;
  readonly #treeBytes: number;
  readonly #ipv4Node: number;

  /** Throws with what is wrong for a file that is none, or not whole. */
  constructor(bytes: FileBytes) {
    const description = readDescription(bytes);
    this.#bytes = bytes;
    this.ipVersion = readNumber(description, 'ip_version');
    this.type = String(description.database_type);
    this.builtAt = new Date(readNumber(description, 'build_epoch') * 1000);
    this.#nodes = readNumber(description, 'node_count');
    this.#recordBits = readNumber(description, 'record_size');
    if (![24, 28, 32].includes(this.#recordBits)) throw new Error('it is of a kind that cannot be read');
    this.#treeBytes = (this.#nodes * this.#recordBits) / 4;
    checkSeparator(bytes, this.#treeBytes);
    this.#ipv4Node = this.ipVersion === 4 ? 0 : this.#walk(new Uint8Array(12), 0).node;
  }

  /** The entry of an address of 4 or 16 bytes; the prefix of 4 bytes in a file of both kinds is that of IPv4. Throws for damage. */
  find(address: Uint8Array): MmdbEntry {
    const { node, depth } = this.#walk(address, address.length === 4 ? this.#ipv4Node : 0);
    if (node <= this.#nodes) return { record: undefined, prefixLength: depth };
    const offset = node - this.#nodes + this.#treeBytes;
    const base = this.#treeBytes + SEPARATOR_BYTES;
    return { record: decodeValue(this.#bytes, { offset, base }), prefixLength: depth };
  }

  /** Down the tree by the address's bits, until they or the nodes end. */
  #walk(address: Uint8Array, start: number): { node: number; depth: number } {
    let node = start;
    let depth = 0;
    for (; depth < address.length * 8 && node < this.#nodes; depth += 1) {
      const bit = ((address[depth >> 3] ?? 0) >> (7 - (depth & 7))) & 1;
      node = this.#child(node, bit);
    }
    return { node, depth };
  }

  #child(node: number, bit: number): number {
    const bytes = this.#bytes;
    const offset = (node * this.#recordBits) / 4;
    if (this.#recordBits === 24) return bytes.uintAt(offset + 3 * bit, 3);
    if (this.#recordBits === 32) return bytes.uintAt(offset + 4 * bit, 4);
    // The two halves of the middle byte are the highest bits of the left and of the right record.
    const middle = bytes.byteAt(offset + 3);
    const high = bit === 0 ? middle >> 4 : middle & 15;
    return high * 2 ** 24 + bytes.uintAt(offset + 4 * bit, 3);
  }
}

type Description = Readonly<Record<string, unknown>>;

function readDescription(bytes: FileBytes): Description {
  const size = Math.min(bytes.length, DESCRIPTION_BYTES);
  const at = bytes.bytesAt(bytes.length - size, size).lastIndexOf(MARKER);
  if (at === -1) throw new Error('it is no .mmdb file, or truncated');
  const offset = bytes.length - size + at + MARKER.length;
  const description = decodeValue(bytes, { offset, base: offset });
  if (typeof description !== 'object' || description === null) throw new Error('it does not describe itself');
  return { ...description };
}

function readNumber(description: Description, name: string): number {
  const value = description[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error(`it does not tell its ${name}`);
  return value;
}

function checkSeparator(bytes: FileBytes, at: number): void {
  if (at + SEPARATOR_BYTES >= bytes.length) throw new Error('it is truncated');
  if (bytes.bytesAt(at, SEPARATOR_BYTES).some((byte) => byte !== 0))
    throw new Error('its parts do not lie where it says');
}

/** The 4 or 16 bytes of a canonical address. */
export function readAddressBytes(ip: string): Uint8Array {
  if (!isIPv6(ip)) return Uint8Array.from(ip.split('.'), Number);
  const [head = '', tail] = ip.split('::');
  const first = readGroups(head);
  const last = tail === undefined ? [] : readGroups(tail);
  const bytes = new Uint8Array(16);
  bytes.set(first);
  bytes.set(last, 16 - last.length);
  return bytes;
}

function readGroups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}
