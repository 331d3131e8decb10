import cluster from 'node:cluster';
import { join } from 'node:path';
import { AggregatorRegistry } from 'prom-client';
import type { Logger } from './io/logger.ts';
import type { Lookups } from './projections/lookup-counts.ts';
import { isSiblingMessage, type SiblingMessage } from './siblings.ts';
import { type SupervisedProcess, supervise } from './supervised-process.ts';

/** Several edges on one port, each started again when it ends. */
export interface EdgeCluster {
  /** Resolves when all of them serve; rejects if one cannot even start. */
  readonly firstReady: Promise<unknown>;
  /** Hands on what the worker process reports. */
  tellLookups(counts: Lookups): void;
  /** Each finishes its requests and its log. */
  stop(): Promise<void>;
}

/** Quick: the others serve meanwhile, but a visitor of the one that ended waits. */
const RESTART = { baseMs: 100, maxMs: 10_000 };
/** An edge that is starting or ending has no metrics to tell. */
const METRICS_MS = 1_000;

/** Starts `count` edges; the operating system's port is shared out by this process, connection by connection. */
export function startEdges(count: number, logger: Logger): EdgeCluster {
  const edges: SupervisedProcess[] = [];
  const collections = new Map<string, MetricsCollection>();
  const receive = (from: number, message: unknown) => {
    if (!isSiblingMessage(message)) return;
    if (message.kind === 'limits') sendToOthers(edges, from, message);
    if (message.kind === 'metrics_own') collections.get(message.id)?.add(message.metrics);
    if (message.kind === 'metrics_wanted') void answerMetrics(edges, collections, { from, id: message.id });
  };
  for (let index = 0; index < count; index += 1) {
    edges.push(startEdge(index, { logger, onMessage: (message) => receive(index, message) }));
  }
  return {
    firstReady: Promise.all(edges.map((edge) => edge.firstReady)),
    // To one only, so that the sum over all of them counts it once.
    tellLookups: (counts) => edges[0]?.send({ kind: 'lookups', counts }),
    stop: async () => {
      await Promise.all(edges.map((edge) => edge.stop()));
    },
  };
}

function startEdge(
  index: number,
  options: { logger: Logger; onMessage: (message: unknown) => void },
): SupervisedProcess {
  const exec = join(import.meta.dirname, 'edge-process.ts');
  return supervise({
    ...options,
    name: `edge ${index}`,
    restart: RESTART,
    spawn: () => {
      cluster.setupPrimary({ exec, args: ['--writer', String(index)] });
      return cluster.fork().process;
    },
  });
}

function sendToOthers(edges: readonly SupervisedProcess[], from: number, message: SiblingMessage): void {
  for (const [index, edge] of edges.entries()) if (index !== from) edge.send(message);
}

/** One scrape: what each edge answers, until all have or the time is up. */
class MetricsCollection {
  readonly #wanted: number;
  readonly #answers: object[][] = [];
  readonly #isFull = Promise.withResolvers<void>();

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  add(metrics: unknown): void {
    if (!Array.isArray(metrics)) return;
    this.#answers.push(metrics);
    if (this.#answers.length === this.#wanted) this.#isFull.resolve();
  }

  async text(): Promise<string> {
    const timer = setTimeout(() => this.#isFull.resolve(), METRICS_MS);
    await this.#isFull.promise;
    clearTimeout(timer);
    return AggregatorRegistry.aggregate(this.#answers).metrics();
  }
}

async function answerMetrics(
  edges: readonly SupervisedProcess[],
  collections: Map<string, MetricsCollection>,
  { from, id }: { from: number; id: string },
): Promise<void> {
  const ready = edges.filter((edge) => edge.isReady());
  const collection = new MetricsCollection(ready.length);
  collections.set(id, collection);
  for (const edge of ready) edge.send({ kind: 'metrics_ask', id });
  const text = await collection.text();
  collections.delete(id);
  edges[from]?.send({ kind: 'metrics_all', id, text });
}
