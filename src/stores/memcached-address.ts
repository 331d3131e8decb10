import { type HostPort, readHosts, readLogin } from './redis-address.ts';

/** What `MEMCACHED_URL` says. */
export interface MemcachedAddress {
  readonly nodes: readonly HostPort[];
  /** For SASL; null where the servers ask for none. */
  readonly login: { readonly username: string; readonly password: string } | null;
}

const MEMCACHED_PORT = 11_211;

/** Reads `MEMCACHED_URL`: `[memcached://][user:password@]host[:port],…`. Null if it is nothing of the kind. */
export function readMemcachedAddress(text: string): MemcachedAddress | null {
  const [, loginText = '', hosts = ''] = /^(?:memcached?:\/\/)?(?:([^@/]*)@)?([^/@]+)\/?$/.exec(text) ?? [];
  const nodes = readHosts(hosts, MEMCACHED_PORT);
  const login = readLogin(loginText);
  if (!nodes || !login) return null;
  const { username, password } = login;
  if ((username === null) !== (password === null)) return null;
  return { nodes, login: username !== null && password !== null ? { username, password } : null };
}
