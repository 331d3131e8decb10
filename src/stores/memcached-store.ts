import { MemcacheNode } from 'memcache';
import { fbclidKey, type HotEntry, type HotStore, PROBE_KEY, tokenKey } from './hot-store.ts';
import type { MemcachedAddress } from './memcached-address.ts';
import type { HostPort } from './redis-address.ts';

/** A connection that hears nothing for this long is given up; probes ask every second. */
const SILENCE_MS = 5_000;
const PROBE_SECONDS = 5;
/** Longer ones count as a point in time with Memcached. */
const MAX_TTL_SECONDS = 30 * 86_400;
/** Memcached's own limit; whatever is no visible ASCII would end the key, or the command. */
const STORABLE_KEY = /^[\x21-\x7e]{1,250}$/;

/** Opens Memcached: one server, or several that share the keys. Connections are made when they are needed. */
export function openMemcachedStore({ nodes, login }: MemcachedAddress): HotStore {
  const lines = nodes.map((node) => new MemcachedLine(node, login));
  const lineOf = (key: string): MemcachedLine => lines[hashKey(key) % lines.length] as MemcachedLine;
  const read = async (key: string) => (STORABLE_KEY.test(key) ? lineOf(key).get(key) : null);
  const write = async (key: string, value: string, seconds: number): Promise<void> => {
    // An fbclid of more than 234 characters is found by its click's row once it is folded.
    if (STORABLE_KEY.test(key)) await lineOf(key).set(key, value, Math.min(seconds, MAX_TTL_SECONDS));
  };
  return {
    name: 'memcached',
    get: (token) => read(tokenKey(token)),
    getTokenByFbclid: (fbclid) => read(fbclidKey(fbclid)),
    set: async (entries, ttlSeconds) => {
      await Promise.all(entries.map((entry) => setOne(write, entry, ttlSeconds)));
    },
    ping: async () => {
      await Promise.all(lines.map((line) => line.set(PROBE_KEY, '1', PROBE_SECONDS)));
    },
    close: async () => {
      await Promise.all(lines.map((line) => line.close()));
    },
  };
}

type Write = (key: string, value: string, seconds: number) => Promise<void>;

async function setOne(write: Write, { token, fbclid, json }: HotEntry, ttlSeconds: number): Promise<void> {
  const writes = [write(tokenKey(token), json, ttlSeconds)];
  if (fbclid !== null) writes.push(write(fbclidKey(fbclid), token, ttlSeconds));
  await Promise.all(writes);
}

/** One connection to one server. After a failure a new one is made: an old one may still get another question's answer. */
class MemcachedLine {
  readonly #address: HostPort;
  readonly #login: MemcachedAddress['login'];
  #node: Promise<MemcacheNode> | null = null;

  constructor(address: HostPort, login: MemcachedAddress['login']) {
    this.#address = address;
    this.#login = login;
  }

  async get(key: string): Promise<string | null> {
    const node = await this.#connected();
    const values: unknown = await node.command(`get ${key}`, { isMultiline: true });
    const value: unknown = Array.isArray(values) ? values[0] : null;
    return typeof value === 'string' ? value : null;
  }

  async set(key: string, value: string, seconds: number): Promise<void> {
    const node = await this.#connected();
    const answer: unknown = await node.command(
      `set ${key} 0 ${seconds} ${Buffer.byteLength(value)}\r\n${value}`,
    );
    if (answer !== 'STORED') throw new Error(`Memcached answered ${String(answer)} to a set`);
  }

  async close(): Promise<void> {
    const node = await this.#node?.catch(() => null);
    this.#node = null;
    await node?.disconnect();
  }

  /** All who ask while it connects wait for the same connection. */
  #connected(): Promise<MemcacheNode> {
    if (this.#node) return this.#node;
    const made: Promise<MemcacheNode> = this.#connect(() => {
      if (this.#node === made) this.#node = null;
    });
    this.#node = made;
    return made;
  }

  async #connect(forget: () => void): Promise<MemcacheNode> {
    const { host, port } = this.#address;
    const login = this.#login === null ? {} : { sasl: this.#login };
    const node = new MemcacheNode(host, port, { timeout: SILENCE_MS, ...login });
    node.on('error', () => undefined);
    node.on('close', forget);
    try {
      await node.connect();
      return node;
    } catch (error) {
      forget();
      await node.disconnect();
      throw error;
    }
  }
}

/** FNV-1a: spreads keys evenly, and the same on every machine. */
function hashKey(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
