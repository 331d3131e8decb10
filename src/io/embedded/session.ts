import type { Engine } from './engine.ts';
import { buildMessage, type ClientMessage, readText } from './wire.ts';

const setting =
  /^\s*set\s+(?:session\s+)?(?!local\b|transaction\b|session\b|constraints\b)([\w.]+|time\s+zone)/i;
const listening = /^\s*(listen|unlisten)\s+("(?:[^"]|"")+"|[\w$]+|\*)/i;
// Ends a COPY FROM STDIN before it starts to read; anywhere else the server ignores it. Without it PGlite dies.
const copyRefusal = buildMessage('f', 'COPY FROM STDIN is not available on the embedded database');

/** Which connection's settings the engine's session has at the moment. */
export type SessionOwner = { current: Session | null };

/**
 * What a client believes to be its own session, kept apart on the engine's only one: names of prepared
 * statements, SET values, LISTEN channels.
 */
export class Session {
  readonly #engine: Engine;
  readonly #owner: SessionOwner;
  readonly #prefix: string;
  readonly #statements = new Map<string, string>();
  readonly #settings = new Map<string, string>();
  readonly #channels = new Set<string>();
  #unnamed = false;
  #copies = false;
  #made = 0;
  #temporary = false;

  constructor(engine: Engine, owner: SessionOwner, id: number) {
    this.#engine = engine;
    this.#owner = owner;
    this.#prefix = `c${id}_`;
  }

  /** Whether a NOTIFY on this channel is for this client. */
  listensTo(channel: string): boolean {
    return this.#channels.has(channel);
  }

  /** The messages that the engine gets in place of this one. */
  translate(message: ClientMessage): Buffer[] {
    const { type, bytes } = message;
    if (type === 'Q') return this.#withRefusal(bytes, readText(bytes, 5).text);
    if (type === 'P') return [this.#parse(bytes)];
    if (type === 'B') return [this.#bind(bytes)];
    if (type === 'E') return this.#copies ? [bytes, copyRefusal] : [bytes];
    if ((type === 'D' || type === 'C') && bytes[5] === 0x53) return [this.#aboutStatement(type, bytes)];
    return [bytes];
  }

  /** Brings this client's settings back when another one used the engine since. Call it at the start of a turn. */
  enter(): void {
    if (this.#owner.current === this) return;
    if (this.#owner.current !== null) this.#engine.run('reset all');
    for (const text of this.#settings.values()) this.#engine.run(text);
    this.#owner.current = this.#settings.size > 0 ? this : null;
  }

  /** Call it with what a turn did, at its end: the unnamed statement does not outlive it. */
  note(tags: string[]): void {
    if (tags.some((tag) => tag === 'SET' || tag === 'RESET')) this.#owner.current = this;
  }

  /** Call it when the turn goes to another client. */
  forgetUnnamed(): void {
    this.#unnamed = false;
  }

  /** Takes back what this client left in the engine's session. */
  clear(): void {
    this.#engine.rollBack();
    const closing = [...this.#statements.values()].map((name) => buildMessage('C', Buffer.from('S'), name));
    if (closing.length > 0) this.#engine.execute(Buffer.concat([...closing, buildMessage('S')]));
    if (this.#owner.current === this) this.#engine.run('reset all');
    if (this.#owner.current === this) this.#owner.current = null;
    if (this.#temporary) this.#engine.run('discard temp');
  }

  #parse(bytes: Buffer): Buffer {
    const name = readText(bytes, 5);
    const query = readText(bytes, name.end);
    this.#read(query.text);
    if (name.text === '') {
      this.#unnamed = true;
      return bytes;
    }
    this.#made += 1;
    const ours = `${this.#prefix}${this.#made}`;
    const known = this.#statements.get(name.text);
    this.#statements.set(name.text, known ?? ours);
    return buildMessage('P', known ?? ours, bytes.subarray(name.end));
  }

  #bind(bytes: Buffer): Buffer {
    const portal = readText(bytes, 5);
    const statement = readText(bytes, portal.end);
    if (statement.text === '' && this.#unnamed) return bytes;
    return buildMessage('B', portal.text, this.#nameOf(statement.text), bytes.subarray(statement.end));
  }

  #aboutStatement(type: string, bytes: Buffer): Buffer {
    const { text } = readText(bytes, 6);
    if (text === '' && this.#unnamed) return bytes;
    const name = this.#nameOf(text);
    if (type === 'C') this.#statements.delete(text);
    return buildMessage(type, bytes.subarray(5, 6), name);
  }

  // A name that does not exist makes the engine say so; the unnamed one may be another client's by now.
  #nameOf(name: string): string {
    return this.#statements.get(name) ?? `${this.#prefix}unknown`;
  }

  #withRefusal(bytes: Buffer, text: string): Buffer[] {
    this.#read(text);
    return copiesIn(text) ? [bytes, copyRefusal] : [bytes];
  }

  #read(text: string): void {
    if (copiesIn(text)) this.#copies = true;
    if (/\btemp(orary)?\b/i.test(text)) this.#temporary = true;
    const named = setting.exec(text)?.[1];
    if (named !== undefined) this.#settings.set(named.toLowerCase(), text);
    if (/^\s*(reset|discard)\s+all/i.test(text)) this.#settings.clear();
    const listen = listening.exec(text);
    if (listen !== null) this.#listen(listen[1] ?? '', listen[2] ?? '');
  }

  #listen(verb: string, given: string): void {
    const channel = given.startsWith('"') ? given.slice(1, -1).replaceAll('""', '"') : given.toLowerCase();
    if (verb.toLowerCase() === 'listen') this.#channels.add(channel);
    else if (channel === '*') this.#channels.clear();
    else this.#channels.delete(channel);
  }
}

function copiesIn(text: string): boolean {
  return /\bfrom\s+stdin\b/i.test(text) && /\bcopy\b/i.test(text);
}
