import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pinnedExecution } from './cores.ts';

/** The bare server, up. */
export interface BareServer {
  readonly port: number;
  readonly pid: number;
  stop(): void;
}

/** Starts the bare `node:http` server in a process of its own, on the given cores. */
export async function startBareServer(cores: string | null): Promise<BareServer> {
  const child = fork(join(import.meta.dirname, 'bare-server.ts'), [], pinnedExecution(cores));
  const [port] = (await once(child, 'message')) as [number];
  return { port, pid: child.pid ?? 0, stop: () => child.disconnect() };
}
