const DAY_MS = 86_400_000;
/** An item is taken up to 120 days after it happened: its first telling lies no further away than that. */
const REACH_MS = 121 * DAY_MS;

/** Between which times repetitions of items of these times lie; lets the planner leave out the other months. */
export function repeatWindow(times: readonly Date[]): { readonly from: Date; readonly to: Date } {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const time of times) {
    from = Math.min(from, time.getTime());
    to = Math.max(to, time.getTime());
  }
  return { from: new Date(from - REACH_MS), to: new Date(to + REACH_MS) };
}
