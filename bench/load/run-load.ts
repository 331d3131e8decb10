import { fork } from 'node:child_process';
import { join } from 'node:path';
import { pinnedExecution } from './cores.ts';
import type { Loaded, LoadOrder } from './load-order.ts';

const GENERATOR = join(import.meta.dirname, 'generator.ts');

/** Runs a load in a process of its own, on the given cores; rejects when the generator dies. */
export function runLoad(order: LoadOrder, cores: string | null): Promise<Loaded> {
  const child = fork(GENERATOR, [], { ...pinnedExecution(cores), serialization: 'advanced' });
  child.send(order);
  return new Promise((resolve, reject) => {
    child.once('message', (loaded) => resolve(loaded as Loaded));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the load generator ended with code ${code}`)));
  });
}
