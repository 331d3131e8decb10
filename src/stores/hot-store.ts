/** Name of a hot store, as the status, the metrics and the logs show it; in the order of the chain. */
export type HotStoreName = 'redis' | 'memcached' | 'tracking_temp';

/** A click as the stores keep it; they do not look into the JSON. */
export interface HotEntry {
  readonly token: string;
  readonly workspaceId: string;
  readonly fbclid: string | null;
  readonly json: string;
}

/**
 * One place that keeps clicks for a while under `tracking:<token>` and `tracking:fbclid:<fbclid>`. Its methods reject
 * when the store is away and may take as long as they like: whoever calls brings the patience (see `GuardedStore`).
 */
export interface HotStore {
  readonly name: HotStoreName;
  /** The JSON of a token's click; null if this store has none. */
  get(token: string): Promise<string | null>;
  /** The token of the last click with this fbclid; null if this store has none. */
  getTokenByFbclid(fbclid: string): Promise<string | null>;
  /** Keeps all of them for so many seconds; a later click with the same fbclid takes its place. */
  set(entries: readonly HotEntry[], ttlSeconds: number): Promise<void>;
  /** Writes something of no meaning: a store that only answers reads is of no use. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Key of a token's click. */
export const tokenKey = (token: string): string => `tracking:${token}`;

/** Key of the newest token of an fbclid. */
export const fbclidKey = (fbclid: string): string => `tracking:fbclid:${fbclid}`;

/** Key that probes write; it lives for some seconds. */
export const PROBE_KEY = 'tracking:probe';
