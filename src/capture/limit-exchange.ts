/** Visits that a limit has counted since the last report, by key. */
export type VisitCounts = readonly (readonly [key: string, visits: number])[];

/** What one process's limits have counted since its last report, by the limits' names. */
export interface LimitReport {
  /** When it was made, milliseconds since the epoch. */
  readonly at: number;
  readonly counts: Readonly<Record<string, VisitCounts>>;
}

/** How processes that serve one port count visits together. */
export interface LimitExchange {
  /** Tells all other processes. */
  tell(report: LimitReport): void;
  /** Every listener is told what any other process tells. */
  listen(listener: (report: LimitReport) => void): void;
}
