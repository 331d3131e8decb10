import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { CacheServer } from '../support/cache-servers.ts';
import { waitFor } from '../support/wait-for.ts';
import type { ClickWorld } from './server-world.ts';

/** One step of `store_chain` in `system/status`. */
export interface ChainStep {
  readonly name: string;
  readonly state: 'up' | 'down';
  readonly breaker: string | null;
  readonly served: number;
  readonly share: number;
}

/** The chain as the server describes it. */
export async function readChain(server: ClickWorld['server']): Promise<readonly ChainStep[]> {
  const { status, body } = await server.api('GET', '/system/status');
  expect(status).toBe(200);
  return (body as { store_chain: ChainStep[] }).store_chain;
}

/** How often each store has failed or was too slow, since the start of the server's process. */
export async function readFailures(server: ClickWorld['server']): Promise<ReadonlyMap<string, number>> {
  const ready = (await (await fetch(`${server.url}/readyz`)).json()) as {
    parts: { hot_stores: { stores: { name: string; failures: number }[] } };
  };
  return new Map(ready.parts.hot_stores.stores.map(({ name, failures }) => [name, failures]));
}

/** Waits until the server says so of a store. */
export async function waitForStore(
  server: ClickWorld['server'],
  name: string,
  state: ChainStep['state'],
): Promise<void> {
  const isSo = (steps: readonly ChainStep[]) =>
    steps.some((step) => step.name === name && step.state === state);
  await waitFor(`${name} to be ${state}`, async () => isSo(await readChain(server)), { everyMs: 100 });
}

/** What can happen to a store, and how it ends; after `mend` it must come back by itself. */
export const MISFORTUNES: readonly {
  readonly name: string;
  /** Until it is mended, for everybody to see. */
  readonly lasts: boolean;
  readonly hurt: (server: CacheServer) => Promise<void>;
  readonly mend: (server: CacheServer) => Promise<void>;
}[] = [
  { name: 'stopped', lasts: true, hurt: (server) => server.stop(), mend: (server) => server.start() },
  { name: 'killed', lasts: true, hurt: (server) => server.stop('SIGKILL'), mend: (server) => server.start() },
  {
    name: 'paused',
    lasts: true,
    hurt: async (server) => server.signal('SIGSTOP'),
    mend: async (server) => server.signal('SIGCONT'),
  },
  {
    name: 'restarted empty',
    lasts: false,
    hurt: async (server) => {
      await server.stop();
      await server.start();
    },
    mend: () => wait(0),
  },
];
