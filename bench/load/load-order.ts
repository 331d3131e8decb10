/** What the load generator is to do. */
export interface LoadOrder {
  readonly port: number;
  /** Request templates, used in turn; between the pieces of one a new UUID is put each time. */
  readonly requests: readonly (readonly string[])[];
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second whatever the answers take (open loop); null = each connection asks again when it is answered. */
  readonly perSecond: number | null;
}

/** What it saw. Delays count from the moment a request was due, in ms. */
export interface Loaded {
  readonly answers: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Redirects with a token: clicks that the server has promised to keep. */
  readonly tokens: number;
  /** Connections that broke. */
  readonly broken: number;
}
