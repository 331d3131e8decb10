/** Visits that a limit has counted since the last report, by key. */
export type VisitCounts = readonly (readonly [key: string, visits: number])[];

/** What one process's limits have counted since its last report. */
export interface VisitReport {
  /** Of the last visit, milliseconds since the epoch. */
  readonly at: number;
  readonly hourly: VisitCounts;
  readonly bursts: VisitCounts;
}

/** How processes that serve one port count visits together. */
export interface VisitExchange {
  /** Tells all other processes. */
  tell(report: VisitReport): void;
  /** Is told what any other process tells. */
  listen(listener: (report: VisitReport) => void): void;
}
