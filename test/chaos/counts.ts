import { appendFileSync } from 'node:fs';
import { expect } from 'vitest';

/** What the independent counters say after a scenario: the load generator's, the tables' and the simulator's. */
export interface Counts {
  /** Clicks that a visitor was answered. */
  readonly acknowledged?: number;
  /** Of them, those that the tables hold. */
  readonly found?: number;
  readonly lost?: number;
  /** Lost, and told so by the server itself, one by one. */
  readonly announced?: number;
  /** Lost by the control, which must lose some. */
  readonly lostByControl?: number;
  /** Stored or counted more than once. */
  readonly twice?: number;
  /** Events that the vendor took, repetitions included. */
  readonly deliveries?: number;
  /** Different event ids among them. */
  readonly eventIds?: number;
  /** Taken again under the same id after a request whose answer had not arrived, or whose sender had died. */
  readonly repeated?: number;
  /** Taken again although the answer had arrived: must be 0. */
  readonly sentTwice?: number;
}

/** Adds them to the table at the end of `npm run chaos`, before anything is expected of them. */
export function recordCounts(counts: Counts): void {
  const file = process.env.CHAOS_REPORT;
  if (file === undefined) return;
  const scenario = expect.getState().currentTestName ?? '';
  appendFileSync(file, `${JSON.stringify({ scenario, counts })}\n`);
}
