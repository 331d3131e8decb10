import { connect } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddedLimits } from './engine-thread.ts';
import { startEngine } from './host.ts';
import { type EmbeddedLocation, locateEmbedded, makeDirectories } from './location.ts';
import { claimOwnership } from './ownership.ts';

/** How to open the embedded database below a data directory. */
export type EmbeddedAccess = {
  dataDir: string;
  /**
   * `own`: run the engine here, or fail with the owner's process id. `share` (the default): run it here unless
   * another process does; then connect to that one. `join`: only ever connect, at the first query.
   */
  access?: 'own' | 'share' | 'join';
  limits?: Partial<EmbeddedLimits>;
  log?: (message: string) => void;
};

/** Where to connect, and how to end what was started here. */
export type EmbeddedHandle = { socketDirectory: string; close: () => Promise<void> };

const defaultLimits: EmbeddedLimits = {
  turnWaitMs: 10_000,
  overloadMs: 60_000,
  idleInTransactionMs: 60_000,
  checkpointMs: 60_000,
  vacuumMs: 600_000,
};

// The first start makes the cluster, which takes 3 seconds on a good machine and 10 on a busy one.
const ownerStartMs = 60_000;

/**
 * Makes the embedded database reachable: runs its engine here or finds the process that does.
 * @throws when it can be neither run nor reached, with the reason.
 */
export async function openEmbedded(options: EmbeddedAccess): Promise<EmbeddedHandle> {
  if (process.platform === 'win32') {
    throw new Error('the embedded database does not run on Windows: set DATABASE_URL, or use WSL');
  }
  const location = locateEmbedded(options.dataDir);
  if (options.access === 'join') return joined(location);
  makeDirectories(options.dataDir, location);
  const until = performance.now() + ownerStartMs;
  for (;;) {
    const claim = claimOwnership(location);
    if (claim.kind === 'owned') return await own(location, claim.release, options);
    const inUse = `the database in ${resolve(options.dataDir)} is in use by process ${claim.owner}`;
    if (options.access === 'own') throw new Error(inUse);
    if (await answers(location.socket)) return joined(location);
    if (performance.now() > until) throw new Error(`${inUse}, which does not answer`);
    await sleep(100);
  }
}

async function own(
  location: EmbeddedLocation,
  release: () => void,
  options: EmbeddedAccess,
): Promise<EmbeddedHandle> {
  try {
    const limits = { ...defaultLimits, ...options.limits };
    const engine = await startEngine({ location, limits, log: options.log ?? (() => undefined) });
    const close = async (): Promise<void> => {
      await engine.stop();
      release();
    };
    return { socketDirectory: location.socketDirectory, close };
  } catch (error) {
    release();
    throw error;
  }
}

function joined(location: EmbeddedLocation): EmbeddedHandle {
  return { socketDirectory: location.socketDirectory, close: async () => undefined };
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    const settle = (answer: boolean): void => {
      probe.destroy();
      resolve(answer);
    };
    probe.once('connect', () => settle(true));
    probe.once('error', () => settle(false));
  });
}
