/** A host and a port of a Redis, Sentinel or Memcached. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

interface RedisLogin {
  readonly username: string | null;
  readonly password: string | null;
  readonly isTls: boolean;
}

/** What `REDIS_URL` says. */
export type RedisAddress = RedisLogin &
  (
    | { readonly kind: 'single'; readonly node: HostPort; readonly db: number }
    | {
        readonly kind: 'sentinel';
        readonly sentinels: readonly HostPort[];
        readonly master: string;
        readonly sentinelPassword: string | null;
        readonly db: number;
      }
    | { readonly kind: 'cluster'; readonly nodes: readonly HostPort[] }
  );

const ADDRESS = /^(rediss?)(\+sentinel|\+cluster)?:\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const REDIS_PORT = 6379;
const SENTINEL_PORT = 26_379;

/**
 * Reads `REDIS_URL`: `redis://[user:password@]host[:port][/db]`, `redis+sentinel://[…@]host[:port],…/master[/db]`
 * (`?sentinel_password=` where the sentinels ask for one), `redis+cluster://[…@]host[:port],…`, or several addresses
 * with commas between them, which is a cluster too; `rediss` for TLS. Null if it is none of these.
 */
export function readRedisAddress(text: string): RedisAddress | null {
  const [, scheme = '', kind, login = '', hosts = '', path = '', query = ''] =
    ADDRESS.exec(dropRepeatedSchemes(text)) ?? [];
  const nodes = readHosts(hosts, kind === '+sentinel' ? SENTINEL_PORT : REDIS_PORT);
  const credentials = readLogin(login);
  const first = nodes?.[0];
  if (!nodes || !first || !credentials) return null;
  const common = { ...credentials, isTls: scheme === 'rediss' };
  if (kind === '+sentinel') return readSentinel(common, { sentinels: nodes, path, query });
  if (kind === '+cluster' || nodes.length > 1) {
    return path === '' || path === '0' ? { ...common, kind: 'cluster', nodes } : null;
  }
  const db = readNumber(path);
  return db === null ? null : { ...common, kind: 'single', node: first, db };
}

/** `redis://a,redis://b` says the same as `redis://a,b`. */
const dropRepeatedSchemes = (text: string): string => text.replace(/,\s*rediss?:\/\/(?:[^@,/]*@)?/g, ',');

function readSentinel(
  login: RedisLogin,
  { sentinels, path, query }: { sentinels: readonly HostPort[]; path: string; query: string },
): RedisAddress | null {
  const [master = '', dbText = '', ...rest] = path.split('/');
  const db = readNumber(dbText);
  if (master === '' || db === null || rest.length > 0) return null;
  const sentinelPassword = new URLSearchParams(query).get('sentinel_password');
  return { ...login, kind: 'sentinel', sentinels, master: decodeURIComponent(master), sentinelPassword, db };
}

/** Hosts with commas between them; null if one of them is none. */
export function readHosts(text: string, defaultPort: number): readonly HostPort[] | null {
  const hosts = text.split(',').map((part) => readHost(part.trim(), defaultPort));
  return hosts.every((host) => host !== null) ? hosts : null;
}

function readHost(text: string, defaultPort: number): HostPort | null {
  const [, bracketed, plain, portText] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = portText === undefined ? defaultPort : Number(portText);
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : null;
}

/** `user:password`, `:password` or nothing, percent-encoded; null if the encoding is broken. */
export function readLogin(text: string): Pick<RedisLogin, 'username' | 'password'> | null {
  const colon = text.indexOf(':');
  try {
    const username = decodeURIComponent(colon === -1 ? text : text.slice(0, colon));
    const password = colon === -1 ? '' : decodeURIComponent(text.slice(colon + 1));
    return { username: username || null, password: password || null };
  } catch {
    return null;
  }
}

const readNumber = (text: string): number | null => (/^\d{0,5}$/.test(text) ? Number(text) : null);
