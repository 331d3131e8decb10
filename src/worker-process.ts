import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Logger } from './io/logger.ts';
import { type SupervisedProcess, supervise } from './supervised-process.ts';

/**
 * The worker's garbage is batches of a megabyte: with Node's own settings 150 MB of it wait to be collected. The server
 * has the same flags wherever we start it ourselves, and then both find the same compiled sources.
 */
const SMALL_HEAP = ['--max-semi-space-size=8', '--heap-growing-percent=50'];

const RESTART = { baseMs: 500, maxMs: 30_000 };

/** What the worker does: everything, or only folding this machine's log, for an edge whose work is done elsewhere. */
export type Duties = 'all' | 'drain';

/** What only the server knows. */
export interface WorkerOptions {
  readonly duties: Duties;
  /** Where the simulators are reached over loopback; null where there are none. */
  readonly simulators: string | null;
  readonly logger: Logger;
  /** Told of what the worker reports. */
  readonly onMessage?: (message: unknown) => void;
}

/** Starts the worker process; whenever it ends by itself it is started again. */
export function startWorker({ duties, simulators, logger, onMessage }: WorkerOptions): SupervisedProcess {
  const args = ['--duties', duties, ...(simulators === null ? [] : ['--simulators', simulators])];
  return supervise({
    name: 'the worker process',
    spawn: () =>
      fork(join(import.meta.dirname, 'worker.ts'), args, {
        stdio: 'inherit',
        execArgv: [...process.execArgv, ...SMALL_HEAP],
      }),
    restart: RESTART,
    logger,
    ...(onMessage ? { onMessage } : {}),
  });
}
