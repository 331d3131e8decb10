import { z } from 'zod';
import type { ClickSource } from '../projections/lookup-counts.ts';
import type { StoreState } from '../stores/guarded-store.ts';
import type { StoresReport } from './deps.ts';

const stateField = z.enum(['up', 'down']);

/** The hot stores as a part of the readiness: `ok` while the first one works, or where there is none. */
export const hotStoresSchema = z.object({
  ok: z.boolean(),
  detail: z.string(),
  waiting: z.int().describe('Clicks on their way to a store.'),
  dropped: z.int().describe('Clicks that no store keeps; they are in the capture log all the same.'),
  stores: z.array(
    z.object({
      name: z.string(),
      state: stateField,
      breaker: z.enum(['closed', 'open', 'half_open']),
      stored: z.int().describe('Clicks that it took since the start of the process.'),
      failures: z.int(),
      timeouts: z.int(),
      last_error: z.string().nullable(),
    }),
  ),
});

/** One step of the way that a look for a click takes. */
export const chainStepSchema = z.object({
  name: z.string(),
  state: stateField,
  breaker: z.enum(['closed', 'open', 'half_open']).nullable().describe('Null where there is none.'),
  served: z.int().describe('Clicks that were looked for and found here, since the start of the process.'),
  share: z.number().describe('Of all that were found, from 0 to 1.'),
});

/** Words the hot stores for the readiness. They never keep the server from being ready. */
export function buildHotStores(report: StoresReport): z.infer<typeof hotStoresSchema> {
  const { stores, waiting, dropped } = report;
  return {
    ok: stores.every((store) => store.breaker === 'closed'),
    detail: describeStores(stores),
    waiting,
    dropped,
    stores: stores.map((store) => ({
      name: store.name,
      state: readState(store),
      breaker: store.breaker,
      stored: store.stored,
      failures: store.failures,
      timeouts: store.timeouts,
      last_error: store.lastError,
    })),
  };
}

function describeStores(stores: readonly StoreState[]): string {
  if (stores.length === 0) return 'None configured: clicks are served from memory and the database.';
  const first = stores.find((store) => store.breaker === 'closed');
  const away = stores.filter((store) => store.breaker !== 'closed').map((store) => store.name);
  const takes = first
    ? `New clicks go to ${first.name}.`
    : 'No store takes clicks; they are in the capture log.';
  return away.length === 0 ? takes : `Away: ${away.join(', ')}. ${takes}`;
}

const readState = (store: StoreState): 'up' | 'down' => (store.breaker === 'closed' ? 'up' : 'down');

/** The whole way of a look, in its order, with the share that each step has served. */
export function buildChain(
  report: StoresReport,
  isUp: { readonly database: boolean; readonly captureLog: boolean },
): z.infer<typeof chainStepSchema>[] {
  const { lookups } = report;
  const { none: _, ...found } = lookups;
  const total = Object.values(found).reduce((sum, count) => sum + count, 0);
  const counts = (name: ClickSource) => {
    const served = lookups[name] ?? 0;
    return { name, served, share: total === 0 ? 0 : served / total };
  };
  const plain = (name: ClickSource, up: boolean) => ({
    ...counts(name),
    state: up ? ('up' as const) : ('down' as const),
    breaker: null,
  });
  return [
    plain('clicks', isUp.database),
    plain('memory', true),
    ...report.stores.map((store) => ({
      ...counts(store.name),
      state: readState(store),
      breaker: store.breaker,
    })),
    plain('capture_log', isUp.captureLog),
  ];
}
