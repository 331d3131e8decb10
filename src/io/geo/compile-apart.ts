import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { NetworkSource } from './geo-files.ts';

/**
 * Makes the network table in a process of its own: in this one everything else would stand still for more than a second,
 * and 75 MB of it would stay. The process ends with this one. Rejects with the reason if there is no table then.
 */
export async function compileApart({ directory, table }: NetworkSource): Promise<void> {
  const child = fork(join(import.meta.dirname, 'compile-process.ts'), [directory, table], {
    stdio: 'ignore',
  });
  // A process that ends meanwhile does not wait for it.
  child.unref();
  child.channel?.unref();
  let reason = 'the process that makes it ended too early';
  child.once('message', (message) => {
    reason = String(message);
  });
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(reason))));
  });
}
