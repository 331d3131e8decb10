const svg = (path: string): string =>
  `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${path}"/></svg>`;

/** Done: a tick. */
export const TICK = svg('M5 12.5l4.5 4.5L19 7.5');
/** Wait: three quarters of a ring. */
export const RING = svg('M20 12a8 8 0 1 1-8-8');
/** Look here: an exclamation mark. */
export const MARK = svg('M12 7v6m0 4h.01');
/** Given back: an arrow to the left. */
export const BACK = svg('M9 7l-4 4 4 4M5 11h9a5 5 0 0 1 0 10h-2');
