import { defineConfig } from 'vitest/config';

const JOURNEY_TIMEOUT_MS = 120_000;
/** How long a test waits for what must come: a busy machine is slow, and no test is about speed. */
const PATIENCE_MS = 30_000;

/** One suite: which files, on which database, how many at once, and after which others. */
function suite(options: {
  readonly name: string;
  readonly include: string;
  readonly backend?: 'postgres' | 'embedded';
  readonly order: number;
  readonly workers: number;
  readonly timeoutMs?: number;
}) {
  const timeoutMs = options.timeoutMs ?? 60_000;
  return {
    test: {
      name: options.name,
      include: [options.include],
      globalSetup: options.backend === undefined ? [] : ['test/support/global-setup.ts'],
      env: options.backend === undefined ? {} : { TEST_BACKEND: options.backend },
      pool: 'forks' as const,
      maxWorkers: options.workers,
      sequence: { groupOrder: options.order },
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      expect: { poll: { timeout: PATIENCE_MS } },
    },
  };
}

// Two cores. A journey is several processes, but waits more than it works; what is done to the chaos suite's machines
// must not be done to somebody else's meanwhile, so it runs alone.
export default defineConfig({
  test: {
    projects: [
      suite({ name: 'unit', include: '{src,sdk,scripts,test/support}/**/*.test.ts', order: 0, workers: 2 }),
      suite({
        name: 'db-postgres',
        include: 'test/db/**/*.test.ts',
        backend: 'postgres',
        order: 1,
        workers: 2,
      }),
      suite({
        name: 'db-embedded',
        include: 'test/db/**/*.test.ts',
        backend: 'embedded',
        order: 1,
        workers: 2,
      }),
      suite({
        name: 'journeys-embedded',
        include: 'test/journeys/**/*.test.ts',
        backend: 'embedded',
        order: 2,
        workers: 2,
        timeoutMs: JOURNEY_TIMEOUT_MS,
      }),
      suite({
        name: 'journeys-postgres',
        include: 'test/journeys/**/*.test.ts',
        backend: 'postgres',
        order: 2,
        workers: 2,
        timeoutMs: JOURNEY_TIMEOUT_MS,
      }),
      suite({
        name: 'browser',
        include: 'test/browser/**/*.test.ts',
        backend: 'embedded',
        order: 3,
        workers: 2,
        timeoutMs: JOURNEY_TIMEOUT_MS,
      }),
      suite({
        name: 'browser-postgres',
        include: 'test/browser/{try-it,lead-sale}.test.ts',
        backend: 'postgres',
        order: 3,
        workers: 2,
        timeoutMs: JOURNEY_TIMEOUT_MS,
      }),
      suite({
        name: 'chaos',
        include: 'test/chaos/**/*.test.ts',
        backend: 'embedded',
        order: 4,
        workers: 1,
        timeoutMs: 600_000,
      }),
    ],
  },
});
