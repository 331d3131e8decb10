/** A share or a multiple with four places; null where there is nothing to divide by. */
export function ratio(part: number, whole: number): number | null {
  return whole > 0 ? round(part / whole, 4) : null;
}

/** A mean of sums with two places; null where nothing was counted. */
export function mean(sum: number, count: number): number | null {
  return count > 0 ? round(sum / count, 2) : null;
}

function round(value: number, places: number): number {
  const factor = 10 ** places;
  // Away from -0, which JSON would show as 0 and equality would not.
  return Math.round(value * factor) / factor + 0;
}

/** Cents of a sum as the database writes it (`"-12.34"`, two places). */
export function readCents(text: string): number {
  return Math.round(Number(text) * 100);
}
