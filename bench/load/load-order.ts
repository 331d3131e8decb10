/** Stands in a template where a new UUID goes. */
export const ID = '{id}';
/** Stands in a template where the address of a new visitor goes. */
export const ADDRESS = '{address}';

/** A request in pieces, `ID` and `ADDRESS` being pieces of their own. */
export type RequestTemplate = readonly string[];

/** What the load generator is to do. */
export interface LoadOrder {
  readonly port: number;
  readonly requests: RequestTemplate;
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
