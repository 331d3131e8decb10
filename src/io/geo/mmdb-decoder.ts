import type { FileBytes } from './file-bytes.ts';

/** The kinds of value of MaxMind's format 2.0 that occur: https://maxmind.github.io/MaxMind-DB/ */
const KIND = {
  pointer: 1,
  text: 2,
  double: 3,
  bytes: 4,
  uint16: 5,
  uint32: 6,
  map: 7,
  int32: 8,
  uint64: 9,
  uint128: 10,
  array: 11,
  boolean: 14,
  float: 15,
} as const;

/** A pointer's own bytes begin to count from here, by their number. */
const POINTER_BASE = [0, 2048, 526_336, 0];
const SIZE_BASE = [29, 285, 65_821];

/** No place has so many fields; a damaged file may have, or may point to itself. */
const MOST_VALUES = 2_000;
const DEEPEST = 16;

interface Header {
  readonly kind: number;
  readonly size: number;
}

/** Reads the value at an offset; pointers in it count from `base`. Throws RangeError or Error for damage. */
export function decodeValue(bytes: FileBytes, { offset, base }: { offset: number; base: number }): unknown {
  return new Decoding(bytes, base).read(offset);
}

/** One value with all that is in it. */
class Decoding {
  readonly #bytes: FileBytes;
  readonly #base: number;
  #at = 0;
  #values = 0;
  #depth = 0;

  constructor(bytes: FileBytes, base: number) {
    this.#bytes = bytes;
    this.#base = base;
  }

  read(offset: number): unknown {
    this.#at = offset;
    return this.#next();
  }

  #next(): unknown {
    this.#values += 1;
    if (this.#values > MOST_VALUES) throw new RangeError('a record has no end');
    const first = this.#byte();
    if (first >> 5 === KIND.pointer) return this.#follow(first);
    return this.#value(this.#header(first));
  }

  #byte(): number {
    const byte = this.#bytes.byteAt(this.#at);
    this.#at += 1;
    return byte;
  }

  #uint(size: number): number {
    const value = size === 0 ? 0 : this.#bytes.uintAt(this.#at, size);
    this.#at += size;
    return value;
  }

  /** A long pointer has its value in its bytes alone; of the others three bits stand in the first byte. */
  #follow(first: number): unknown {
    const width = (first >> 3) & 3;
    const low = this.#uint(width + 1);
    const high = width === 3 ? 0 : (first & 7) * 256 ** (width + 1);
    const back = this.#at;
    const value = this.#nest(() => this.read(this.#base + high + low + (POINTER_BASE[width] ?? 0)));
    this.#at = back;
    return value;
  }

  #header(first: number): Header {
    const kind = first >> 5 === 0 ? this.#byte() + 7 : first >> 5;
    const short = first & 31;
    if (short < 29) return { kind, size: short };
    const width = short - 28;
    return { kind, size: (SIZE_BASE[width - 1] ?? 0) + this.#uint(width) };
  }

  #value({ kind, size }: Header): unknown {
    switch (kind) {
      case KIND.text:
        return this.#take(size).toString('utf8');
      case KIND.map:
        return this.#nest(() => this.#map(size));
      case KIND.array:
        return this.#nest(() => this.#array(size));
      case KIND.double:
        return this.#take(8).readDoubleBE();
      case KIND.float:
        return this.#take(4).readFloatBE();
      case KIND.boolean:
        return size !== 0;
      case KIND.int32:
        return size === 4 ? this.#take(4).readInt32BE() : this.#uint(size);
      case KIND.uint16:
      case KIND.uint32:
      case KIND.uint64:
      case KIND.uint128:
        return this.#number(size);
      case KIND.bytes:
        return Buffer.from(this.#take(size));
      default:
        throw new Error(`it holds a value of an unknown kind (${kind})`);
    }
  }

  #take(size: number): Buffer {
    const bytes = this.#bytes.bytesAt(this.#at, size);
    this.#at += size;
    return bytes;
  }

  /** No number that is read here is above 2^53. */
  #number(size: number): number {
    let value = 0;
    for (const byte of this.#take(size)) value = value * 256 + byte;
    return value;
  }

  #map(size: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (let field = 0; field < size; field += 1) {
      const name = String(this.#next());
      map[name] = this.#next();
    }
    return map;
  }

  #array(size: number): unknown[] {
    const array: unknown[] = [];
    for (let index = 0; index < size; index += 1) array.push(this.#next());
    return array;
  }

  #nest<Value>(read: () => Value): Value {
    if (this.#depth === DEEPEST) throw new RangeError('a record is in itself');
    this.#depth += 1;
    const value = read();
    this.#depth -= 1;
    return value;
  }
}
