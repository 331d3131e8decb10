/** One whole message of a client: its type letter and its bytes, header included. */
export type ClientMessage = { type: string; bytes: Buffer };

/** The first packet of a connection, which has no type letter. */
export type Opening = 'startup' | 'encryption' | 'cancel' | 'unknown-protocol';

// PostgreSQL takes 1 GB; the WASM heap is 2 GB in all.
const longestMessage = 256 * 1024 * 1024;
const longestOpening = 10_000;

/** Cuts a client's byte stream into messages of PostgreSQL's protocol, version 3. */
export class ClientReader {
  #chunks: Buffer[] = [];
  #size = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** The next packet before the connection is open, or null while it is incomplete. @throws if it is no such packet. */
  opening(): Opening | null {
    const packet = this.#cut(0, longestOpening);
    if (packet === null) return null;
    const code = packet.length < 8 ? 0 : packet.readInt32BE(4);
    if (code === 80877103 || code === 80877104) return 'encryption';
    if (code === 80877102) return 'cancel';
    return code >>> 16 === 3 ? 'startup' : 'unknown-protocol';
  }

  /** The next message, or null while it is incomplete. @throws if its length is impossible. */
  next(): ClientMessage | null {
    const bytes = this.#cut(1, longestMessage);
    return bytes === null ? null : { type: String.fromCharCode(bytes[0] ?? 0), bytes };
  }

  #cut(lengthAt: number, longest: number): Buffer | null {
    if (this.#size < lengthAt + 4) return null;
    const length = this.#join(lengthAt + 4).readInt32BE(lengthAt);
    if (length < 4 || length > longest) throw new Error('a message of an impossible length');
    const end = lengthAt + length;
    if (this.#size < end) return null;
    const bytes = this.#join(end);
    this.#chunks[0] = bytes.subarray(end);
    this.#size -= end;
    return bytes.subarray(0, end);
  }

  // Joins only when the first chunk is too short, so that a message of many chunks is copied once.
  #join(atLeast: number): Buffer {
    const first = this.#chunks[0] ?? Buffer.alloc(0);
    if (first.length >= atLeast) return first;
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}

/** Builds one message. */
export function buildMessage(type: string, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)),
  );
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** What a client is told when something is refused. `code` is an SQLSTATE. */
export type WireError = { severity: 'ERROR' | 'FATAL'; code: string; message: string; hint?: string };

/** Builds an ErrorResponse. */
export function buildError(error: WireError): Buffer {
  const fields = [`S${error.severity}`, `V${error.severity}`, `C${error.code}`, `M${error.message}`];
  if (error.hint !== undefined) fields.push(`H${error.hint}`);
  return buildMessage('E', ...fields, Buffer.from([0]));
}

/** Builds a ReadyForQuery outside a transaction. */
export function buildReady(): Buffer {
  return buildMessage('Z', Buffer.from('I'));
}

/** Calls back for each whole message of the engine's answer. */
export function eachServerMessage(answer: Buffer, visit: (type: string, body: Buffer) => void): void {
  let at = 0;
  while (at + 5 <= answer.length) {
    const end = at + 1 + answer.readInt32BE(at + 1);
    visit(String.fromCharCode(answer[at] ?? 0), answer.subarray(at + 5, end));
    at = end;
  }
}

/** The zero-terminated text at a place, and the place after it. */
export function readText(bytes: Buffer, at: number): { text: string; end: number } {
  const zero = bytes.indexOf(0, at);
  const end = zero === -1 ? bytes.length : zero;
  return { text: bytes.toString('utf8', at, end), end: end + 1 };
}
