/** A random UUID (version 4); made by hand because `crypto.randomUUID` is absent before 2022 and on plain http. */
export function buildId(): string {
  // x: any digit; y: one of 8, 9, a, b.
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (place) => {
    const digit = drawNumber() & 15;
    return (place === 'x' ? digit : (digit & 3) | 8).toString(16);
  });
}

/** A random whole number below 2^32, from the system's generator. */
export function drawNumber(): number {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return number;
}
