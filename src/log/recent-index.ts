/** Limits of a `RecentIndex`; all have defaults. */
interface RecentIndexOptions {
  /** How long an entry is found, in ms (10 minutes). */
  readonly keepMs?: number;
  /** Most entries; the oldest go first (65,536). */
  readonly maxEntries?: number;
  /** Room for keys and texts; the oldest go first (64 MiB). */
  readonly maxBytes?: number;
  /** `now()` in milliseconds. */
  readonly clock?: { now(): number };
}

const KEEP_MS = 600_000;
const MAX_ENTRIES = 65_536;
const MAX_BYTES = 64 * 1024 * 1024;
const NONE = -1;

/**
 * The last minutes' texts by key, in one ring of bytes and a hash table of numbers: nothing that the garbage collector
 * has to look at or move. As objects in Maps the same entries cost a click 2 µs of the serving thread and as much of the
 * collector's (docs/click-path.md). Room that was never used is not taken from the system. Keys hold no newline.
 */
export class RecentIndex {
  readonly #keepMs: number;
  readonly #clock: { now(): number };
  readonly #bytes: Buffer;
  /** Entry `n` is at `n % length` of these four. Starts and ends are counted as if the ring of bytes went on for ever. */
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #times: Float64Array;
  /** The entry before it that has the same hash. */
  readonly #before: Float64Array;
  /** By hash, the newest entry. */
  readonly #newest: Float64Array;
  #count = 0;
  #end = 0;

  constructor(options: RecentIndexOptions = {}) {
    const { keepMs = KEEP_MS, maxEntries = MAX_ENTRIES, maxBytes = MAX_BYTES, clock = Date } = options;
    this.#keepMs = keepMs;
    this.#clock = clock;
    this.#bytes = Buffer.allocUnsafeSlow(maxBytes);
    this.#starts = new Float64Array(maxEntries);
    this.#ends = new Float64Array(maxEntries);
    this.#times = new Float64Array(maxEntries);
    this.#before = new Float64Array(maxEntries);
    this.#newest = new Float64Array(2 ** Math.ceil(Math.log2(maxEntries))).fill(NONE);
  }

  /** Keeps a text; a later one for the same key wins. One that could take more than all the room is not kept. */
  set(key: string, text: string): void {
    const entry = `${key}\n${text}`;
    const start = this.#findRoom(entry.length * 3);
    if (start === null) return;
    this.#end = start + this.#bytes.write(entry, start % this.#bytes.length);
    const slot = this.#count % this.#starts.length;
    const hash = this.#hash(key);
    this.#starts[slot] = start;
    this.#ends[slot] = this.#end;
    this.#times[slot] = this.#clock.now();
    this.#before[slot] = this.#newest[hash] as number;
    this.#newest[hash] = this.#count;
    this.#count += 1;
  }

  /** The newest text of a key that is not too old, or undefined. */
  get(key: string): string | undefined {
    const oldest = this.#clock.now() - this.#keepMs;
    let number = this.#newest[this.#hash(key)] as number;
    while (this.#holds(number)) {
      const slot = number % this.#starts.length;
      if ((this.#times[slot] as number) < oldest) return undefined;
      const entry = this.#read(slot);
      if (entry.startsWith(`${key}\n`)) return entry.slice(key.length + 1);
      number = this.#before[slot] as number;
    }
    return undefined;
  }

  /** Where an entry of up to so many bytes begins: an entry is never cut in two by the ring's end. */
  #findRoom(worstBytes: number): number | null {
    const size = this.#bytes.length;
    if (worstBytes > size) return null;
    const left = size - (this.#end % size);
    return worstBytes > left ? this.#end + left : this.#end;
  }

  /** Whether neither the numbers nor the bytes of an entry have been written over. */
  #holds(number: number): boolean {
    if (number === NONE || number < this.#count - this.#starts.length) return false;
    return (this.#starts[number % this.#starts.length] as number) >= this.#end - this.#bytes.length;
  }

  #read(slot: number): string {
    const start = this.#starts[slot] as number;
    const at = start % this.#bytes.length;
    return this.#bytes.toString('utf8', at, at + (this.#ends[slot] as number) - start);
  }

  /** FNV-1a of the key's beginning: tokens are random from their first digit on. */
  #hash(key: string): number {
    const length = Math.min(key.length, 8);
    let hash = 0x811c9dc5;
    for (let at = 0; at < length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
    return (hash >>> 8) & (this.#newest.length - 1);
  }
}
