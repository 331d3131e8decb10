/** A random UUID (version 4); made by hand because `crypto.randomUUID` is absent before 2022 and on plain http. */
export function buildId(): string {
  // x: any digit; y: one of 8, 9, a, b.
  const shape = 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx';
  const drawn = drawNumbers(shape.length);
  return shape.replace(/[xy]/g, (place, at: number) => {
    const digit = (drawn[at] ?? 0) & 15;
    return (place === 'x' ? digit : (digit & 3) | 8).toString(16);
  });
}

/** Random whole numbers below 2^32, from the system's generator. */
export function drawNumbers(count: number): Uint32Array {
  return crypto.getRandomValues(new Uint32Array(count));
}
