import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { LimitReport } from './capture/limit-exchange.ts';
import { ConfigError, readConfig } from './config.ts';
import { openLogger } from './io/logger.ts';
import { startTracing, type Tracing } from './io/tracing/start-tracing.ts';
import { type Edge, openEdge, openSessions } from './open-edge.ts';
import { openParts } from './parts.ts';
import type { Lookups } from './projections/lookup-counts.ts';
import { isSiblingMessage, type SiblingMessage, type Siblings } from './siblings.ts';

/** Longer than the first process waits for the others. */
const METRICS_MS = 3_000;

/**
 * One of several edges of a machine (`WORKERS`): it shares the port with the others and writes its own part of the
 * log (`--writer`). The server's first process starts it, and takes it along when it ends, however it ends.
 */
async function serveEdge(): Promise<void> {
  const { values } = parseArgs({ options: { writer: { type: 'string' } } });
  if (values.writer === undefined) throw new Error('--writer is missing');
  const config = readConfig();
  const logger = openLogger(config.logLevel);
  const tracing = await startTracing({ settings: config.tracing, process: 'edge', logger });
  const parts = await openParts(config, 'join', logger);
  const { writer } = values;
  const siblings = openSiblings();
  const edge = await openEdge(parts, {
    signIn: openSessions(parts),
    writer,
    simulators: null,
    siblings: siblings.seen,
  });
  siblings.answerWith(() => edge.readOwnMetrics());
  process.on('message', (message) => {
    if (message === 'stop') void stop(edge, tracing);
  });
  // Ctrl-C reaches the whole group; the first process then says when to stop.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.send?.('ready');
}

async function stop(edge: Edge, tracing: Tracing): Promise<void> {
  await edge.stopServing();
  await edge.close();
  await tracing.close();
  process.exit(0);
}

const tell = (message: SiblingMessage): void => {
  if (process.connected) process.send?.(message);
};

/** The channel to the first process, and through it to all others. */
function openSiblings() {
  const asked = new Map<string, (text: string) => void>();
  let workerLookups: Lookups = {};
  const onLimits: ((report: LimitReport) => void)[] = [];
  let ownMetrics: () => Promise<unknown> = async () => [];
  process.on('message', (message) => {
    if (!isSiblingMessage(message)) return;
    if (message.kind === 'metrics_all') asked.get(message.id)?.(message.text);
    if (message.kind === 'lookups') workerLookups = message.counts;
    if (message.kind === 'limits') for (const listener of onLimits) listener(message.report);
    if (message.kind === 'metrics_ask') void answer(message.id);
  });
  const answer = async (id: string) => tell({ kind: 'metrics_own', id, metrics: await ownMetrics() });
  const seen: Siblings = {
    allMetrics: () => askForMetrics(asked),
    workerLookups: () => workerLookups,
    limits: {
      tell: (report) => tell({ kind: 'limits', report }),
      listen: (listener) => {
        onLimits.push(listener);
      },
    },
  };
  const answerWith = (read: () => Promise<unknown>) => {
    ownMetrics = read;
  };
  return { seen, answerWith };
}

function askForMetrics(asked: Map<string, (text: string) => void>): Promise<string> {
  const id = randomUUID();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      asked.delete(id);
      reject(new Error('the metrics of the other processes did not come in time'));
    }, METRICS_MS);
    asked.set(id, (text) => {
      clearTimeout(timer);
      asked.delete(id);
      resolve(text);
    });
    tell({ kind: 'metrics_wanted', id });
  });
}

try {
  await serveEdge();
} catch (error) {
  process.stderr.write(`${error instanceof ConfigError ? error.message : String(error)}\n`);
  process.exit(1);
}
