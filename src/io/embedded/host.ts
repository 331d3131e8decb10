import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { syncPath } from './durable-files.ts';
import type { EmbeddedLimits, ThreadReport, ThreadTask } from './engine-thread.ts';
import type { EmbeddedLocation } from './location.ts';

/** The engine of an embedded database, run by this process in a thread of its own. */
export type EngineHost = { stop: () => Promise<void> };

const longestRestartPauseMs = 30_000;
const longestStopMs = 30_000;

/**
 * Starts the engine and keeps it running: when its thread dies, it is started again after a growing pause.
 * The caller must own the location. Resolves when clients can connect.
 */
export async function startEngine(options: {
  location: EmbeddedLocation;
  limits: EmbeddedLimits;
  log: (message: string) => void;
}): Promise<EngineHost> {
  const { location, limits, log } = options;
  await ensureCluster(location.cluster);
  const task: ThreadTask = { kind: 'serve', cluster: location.cluster, socket: location.socket, limits };
  const state = { worker: await startThread(task), stopping: false };
  void keepRunning(state, task, log);
  return {
    stop: async () => {
      state.stopping = true;
      await stopThread(state.worker);
      rmSync(location.socket, { force: true });
    },
  };
}

type HostState = { worker: Worker; stopping: boolean };

async function keepRunning(
  state: HostState,
  task: ThreadTask,
  log: (message: string) => void,
): Promise<void> {
  let pauseMs = 100;
  while (!state.stopping) {
    const startedAt = performance.now();
    const reason = await endOf(state.worker);
    if (state.stopping) return;
    if (performance.now() - startedAt > longestRestartPauseMs) pauseMs = 100;
    log(`the embedded database stopped (${reason}); starting it again in ${pauseMs} ms`);
    await sleep(pauseMs, undefined, { ref: false });
    pauseMs = Math.min(pauseMs * 2, longestRestartPauseMs);
    if (!state.stopping) state.worker = await restart(state.worker, task, log);
  }
}

async function restart(dead: Worker, task: ThreadTask, log: (message: string) => void): Promise<Worker> {
  try {
    return await startThread(task);
  } catch (error) {
    log(`the embedded database did not start: ${error instanceof Error ? error.message : 'unknown error'}`);
    return dead;
  }
}

// Made beside its place and then renamed: a first start that is cut short leaves nothing that looks complete.
async function ensureCluster(cluster: string): Promise<void> {
  if (existsSync(cluster)) return;
  const unfinished = `${cluster}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const worker = await startThread({ kind: 'create', cluster: unfinished });
  await worker.terminate();
  renameSync(unfinished, cluster);
  syncPath(dirname(cluster));
}

function startThread(task: ThreadTask): Promise<Worker> {
  const worker = new Worker(new URL('./engine-thread.ts', import.meta.url), {
    workerData: task,
    execArgv: [],
  });
  return new Promise((resolve, reject) => {
    worker.once('error', (error) => reject(new Error(error.message)));
    worker.once('exit', (code) => reject(new Error(`its thread ended with code ${code}`)));
    worker.once('message', (report: ThreadReport) => {
      worker.removeAllListeners();
      if (report.kind === 'failed') {
        reject(new Error(report.message));
        return;
      }
      // An error event without a listener would end the process; `exit` always follows it.
      worker.on('error', () => undefined);
      worker.unref();
      resolve(worker);
    });
  });
}

function endOf(worker: Worker): Promise<string> {
  return new Promise((resolve) => {
    let reason = 'no reason given';
    if (worker.threadId === -1) resolve('it is not running');
    worker.on('message', (report: ThreadReport) => {
      if (report.kind === 'failed') reason = report.message;
    });
    worker.once('exit', () => resolve(reason));
  });
}

async function stopThread(worker: Worker): Promise<void> {
  if (worker.threadId === -1) return;
  worker.ref();
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.postMessage('stop');
  // A query that runs cannot be cancelled. After this the write-ahead log brings everything back at the next start.
  await Promise.race([ended, sleep(longestStopMs, undefined, { ref: false })]);
  await worker.terminate();
}
