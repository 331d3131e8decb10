import { closeSync, fstatSync, readSync } from 'node:fs';

/** Random access to the bytes of a database file. Every method throws RangeError outside of it. */
export interface FileBytes {
  readonly length: number;
  byteAt(offset: number): number;
  /** A whole number of up to 4 bytes, the highest first. */
  uintAt(offset: number, size: number): number;
  /** So many bytes, to be read at once: they may change with the next call. */
  bytesAt(offset: number, size: number): Buffer;
  /** Gives back what it holds; every later call throws. */
  close(): void;
}

/** The bytes of a file that is in memory as a whole. */
export function holdBytes(buffer: Buffer): FileBytes {
  return {
    length: buffer.length,
    byteAt: (offset) => buffer.readUInt8(offset),
    uintAt: (offset, size) => buffer.readUIntBE(offset, size),
    bytesAt: (offset, size) => {
      checkRange(offset, size, buffer.length);
      return buffer.subarray(offset, offset + size);
    },
    close: () => undefined,
  };
}

const BLOCK_BITS = 12;
const BLOCK_BYTES = 1 << BLOCK_BITS;

/**
 * A file that is read block by block as it is asked for, so that 135 MB of places take a few MB of each process. A block
 * that is not kept here costs 2 µs from the kernel's cache, which all processes share. The file must not be overwritten
 * while it is open.
 */
export class BlockFile implements FileBytes {
  readonly length: number;
  readonly #fd: number;
  readonly #blocks: Buffer;
  /** Which block a slot holds; -1 = none. */
  readonly #held: Int32Array;
  #isClosed = false;

  /** Takes over an open file, of which it keeps `slots` blocks (a power of two); throws if it is no file below 4 GiB. */
  constructor(fd: number, slots: number) {
    this.#fd = fd;
    this.#blocks = Buffer.alloc(slots * BLOCK_BYTES);
    this.#held = new Int32Array(slots).fill(-1);
    this.length = fstatSync(fd).size;
    if (this.length >= 2 ** 32) throw new RangeError('it is too large');
  }

  byteAt(offset: number): number {
    return this.#blocks[this.#locate(offset)] ?? 0;
  }

  uintAt(offset: number, size: number): number {
    if ((offset & (BLOCK_BYTES - 1)) + size <= BLOCK_BYTES) {
      checkRange(offset, size, this.length);
      return this.#blocks.readUIntBE(this.#locate(offset), size);
    }
    let value = 0;
    for (let at = 0; at < size; at += 1) value = value * 256 + this.byteAt(offset + at);
    return value;
  }

  bytesAt(offset: number, size: number): Buffer {
    checkRange(offset, size, this.length);
    if ((offset & (BLOCK_BYTES - 1)) + size <= BLOCK_BYTES) {
      const start = this.#locate(offset);
      return this.#blocks.subarray(start, start + size);
    }
    const bytes = Buffer.allocUnsafe(size);
    if (readSync(this.#openFile(), bytes, 0, size, offset) < size) throw shortened();
    return bytes;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#held.fill(-1);
    closeSync(this.#fd);
  }

  /** Where the byte stands among the blocks in memory. */
  #locate(offset: number): number {
    checkRange(offset, 1, this.length);
    const block = offset >>> BLOCK_BITS;
    const slot = block & (this.#held.length - 1);
    if (this.#held[slot] !== block) this.#read(block, slot);
    return (slot << BLOCK_BITS) | (offset & (BLOCK_BYTES - 1));
  }

  #read(block: number, slot: number): void {
    const position = block * BLOCK_BYTES;
    this.#held[slot] = -1;
    const count = readSync(this.#openFile(), this.#blocks, slot << BLOCK_BITS, BLOCK_BYTES, position);
    if (count < Math.min(BLOCK_BYTES, this.length - position)) throw shortened();
    this.#held[slot] = block;
  }

  #openFile(): number {
    // The system gives the number of a closed file to another one.
    if (this.#isClosed) throw new RangeError('it is closed');
    return this.#fd;
  }
}

const shortened = (): RangeError => new RangeError('it became shorter while it was in use');

function checkRange(offset: number, size: number, length: number): void {
  if (!(offset >= 0 && size >= 0 && offset + size <= length)) throw new RangeError('it is truncated');
}
