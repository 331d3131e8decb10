const closers = new Set<() => Promise<void>>();

/** Has this done when the benchmark is interrupted, so that no process and no file stays behind. Doing it twice must do no harm. */
export function atTheEnd(close: () => Promise<void>): void {
  closers.add(close);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void Promise.allSettled([...closers].map((close) => close())).then(() => process.exit(1));
  });
}
