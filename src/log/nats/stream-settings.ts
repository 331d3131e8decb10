/** Where the capture log's stream is, and how it is to be. */
export interface StreamSettings extends StreamAddress {
  /** Path of a credentials file (JWT and seed); null where the address says all, or nothing is asked. */
  readonly credsFile: string | null;
  /** Name of the stream; subjects begin with it. */
  readonly stream: string;
  /** Copies that the cluster keeps of each record. */
  readonly replicas: number;
  /** How long a visitor may wait for the cluster before the disk takes the record, ms. */
  readonly timeoutMs: number;
}

/** What `CAPTURE_LOG_URL` says. */
export interface StreamAddress {
  /** `host:port`, without anything secret. */
  readonly servers: readonly string[];
  readonly user: string | null;
  readonly password: string | null;
  readonly isTls: boolean;
}

const ADDRESS = /^(nats|tls):\/\/(?:([^@/]*)@)?([^/?#@]+)\/?$/;
const HOST = /^(?:\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/;
const PORT = 4222;

/**
 * Reads `CAPTURE_LOG_URL`: `nats://[user:password@]host[:port],host[:port],…` (`tls://` for TLS; a user without a
 * password is a token), or several addresses with commas between them. Null if it is none of these.
 */
export function readStreamAddress(text: string): StreamAddress | null {
  const [, scheme = '', login = '', hosts = ''] = ADDRESS.exec(dropRepeatedSchemes(text)) ?? [];
  const servers = hosts.split(',').map((part) => readServer(part.trim()));
  const given = readLogin(login);
  if (given === null || !servers.every((server) => server !== null)) return null;
  return { servers, ...given, isTls: scheme === 'tls' };
}

/** `nats://a,nats://b` says the same as `nats://a,b`. */
const dropRepeatedSchemes = (text: string): string =>
  text.replace(/,\s*(?:nats|tls):\/\/(?:[^@,/]*@)?/g, ',');

function readServer(text: string): string | null {
  const found = HOST.exec(text);
  if (found === null) return null;
  if (found[1] === undefined) return `${text}:${PORT}`;
  const port = Number(found[1]);
  return port >= 1 && port <= 65_535 ? text : null;
}

function readLogin(text: string): Pick<StreamAddress, 'user' | 'password'> | null {
  const colon = text.indexOf(':');
  try {
    const user = decodeURIComponent(colon === -1 ? text : text.slice(0, colon));
    const password = colon === -1 ? '' : decodeURIComponent(text.slice(colon + 1));
    return { user: user || null, password: password || null };
  } catch {
    return null;
  }
}
