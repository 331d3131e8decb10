/** The same function, but one that never throws: whatever goes wrong here must not be seen on the host's page. */
export function guarded<Args extends unknown[], Result>(
  work: (...args: Args) => Result,
): (...args: Args) => Result | undefined {
  return (...args) => {
    try {
      return work(...args);
    } catch {
      return undefined;
    }
  };
}

/** Listens before the page's own listeners can stop the event. */
export function on(target: EventTarget, type: string, listener: (event: Event) => void): void {
  target.addEventListener(type, guarded(listener), true);
}
