import type { LimitExchange, LimitReport } from './capture/limit-exchange.ts';
import type { Lookups } from './projections/lookup-counts.ts';

/** What processes of one machine tell each other; the server's first process passes it on. */
export type SiblingMessage =
  | { readonly kind: 'metrics_wanted'; readonly id: string }
  | { readonly kind: 'metrics_all'; readonly id: string; readonly text: string }
  | { readonly kind: 'metrics_ask'; readonly id: string }
  | { readonly kind: 'metrics_own'; readonly id: string; readonly metrics: unknown }
  | { readonly kind: 'limits'; readonly report: LimitReport }
  | { readonly kind: 'lookups'; readonly counts: Lookups };

/** The other processes of this machine, as an edge sees them. */
export interface Siblings {
  /** Everybody's metrics in the format of Prometheus; null where this process is the only edge. */
  readonly allMetrics: (() => Promise<string>) | null;
  /** Where the worker process has found clicks. */
  workerLookups(): Lookups;
  /** Tells the others which visits were counted here, and is told theirs; null where nobody else counts. */
  readonly limits: LimitExchange | null;
}

const KINDS: ReadonlySet<unknown> = new Set<SiblingMessage['kind']>([
  'metrics_wanted',
  'metrics_all',
  'metrics_ask',
  'metrics_own',
  'limits',
  'lookups',
]);

/** Whether a message of a channel between our own processes is one of these. */
export function isSiblingMessage(message: unknown): message is SiblingMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && KINDS.has(message.kind);
}
