import { countDeliveries, findQueueDepth } from '../reports/queue-depth.ts';
import type { AppDeps } from './deps.ts';
import { within } from './health.ts';

const PROBE_MS = 1500;
/** Counting all deliveries reads the whole table: once a minute is often enough. */
const COUNT_EVERY_MS = 60_000;

/** Makes the log, the drain and the queues visible in the metrics. */
export function addGauges(deps: AppDeps): void {
  const { metrics, db, clock } = deps;
  metrics.addGauge({
    name: 'rastro_capture_log_records',
    help: 'Records of the capture log since the start, by what became of them',
    label: 'state',
    read: () => {
      const { appended, durable, deferred, lost } = deps.log.state();
      return { appended, durable, deferred, lost };
    },
  });
  metrics.addGauge({
    name: 'rastro_drain_lag_bytes',
    help: 'Bytes of the capture log that are not folded into the tables yet',
    read: async () => ({ lag: (await within(PROBE_MS, deps.readDrainState())).lagBytes }),
  });
  metrics.addGauge({
    name: 'rastro_drain_lag_seconds',
    help: 'Age of the oldest record that is not folded yet',
    read: async () => ({ lag: (await within(PROBE_MS, deps.readDrainState())).oldestUnfoldedMs / 1000 }),
  });
  metrics.addGauge({
    name: 'rastro_queue_depth',
    help: 'What waits in each queue',
    label: 'queue',
    read: async () => ({ ...(await within(PROBE_MS, findQueueDepth(db))) }),
  });
  metrics.addGauge({
    name: 'rastro_deliveries',
    help: 'Deliveries by state, counted once a minute',
    label: 'state',
    read: countNowAndThen(() => within(PROBE_MS, countDeliveries(db)), clock.now),
  });
}

function countNowAndThen(count: () => Promise<Record<string, number>>, now: () => number) {
  let last: Record<string, number> = {};
  let countedAt = Number.NEGATIVE_INFINITY;
  return async (): Promise<Record<string, number>> => {
    if (now() - countedAt < COUNT_EVERY_MS) return last;
    last = await count();
    countedAt = now();
    return last;
  };
}
