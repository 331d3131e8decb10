/** Work that the clock begins: once over all machines, again by itself after a failure or an outage. */
export interface Job<Needs> {
  /** Lower case with hyphens; what the operator sees. */
  readonly name: string;
  readonly schedule: JobSchedule;
  /** Seconds after which a run counts as lost and is begun again; 900 by default. */
  readonly expireSeconds?: number;
  /** Does the work and says in a few words what it did; throws to be tried again. May be run twice. */
  run(needs: Needs, signal: AbortSignal): Promise<string>;
}

/** `cron` in UTC, minutes at the finest; or every so many seconds. */
export type JobSchedule = { readonly cron: string } | { readonly everySeconds: number };
