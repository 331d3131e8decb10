import { hasPassed } from '../domain/elapsed.ts';
import { type JobRun, listJobRuns } from '../reports/job-runs.ts';
import { countDeliveries, findQueueDepth } from '../reports/queue-depth.ts';
import type { StoreState } from '../stores/guarded-store.ts';
import { addBroadcastGauges } from './broadcast-gauges.ts';
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
    aggregator: 'sum',
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
  addJobGauges(deps);
  addStoreGauges(deps);
  addBroadcastGauges(deps);
  addStreamGauges(deps);
  metrics.addGauge({
    name: 'rastro_deliveries',
    help: 'Deliveries by state, counted once a minute',
    label: 'state',
    read: countNowAndThen(() => within(PROBE_MS, countDeliveries(db)), clock.now),
  });
}

function addStoreGauges({ metrics, readStores }: AppDeps): void {
  const byStore = (value: (store: StoreState) => number) => () =>
    Object.fromEntries(readStores().stores.map((store) => [store.name, value(store)]));
  metrics.addGauge({
    name: 'rastro_hot_store_up',
    help: 'Whether a hot store takes clicks: 1, or 0 while its breaker is open',
    label: 'store',
    aggregator: 'min',
    read: byStore((store) => (store.breaker === 'closed' ? 1 : 0)),
  });
  metrics.addGauge({
    name: 'rastro_hot_store_stored',
    help: 'Clicks that a hot store took since the start',
    label: 'store',
    aggregator: 'sum',
    read: byStore((store) => store.stored),
  });
  metrics.addGauge({
    name: 'rastro_hot_store_failures',
    help: 'Looks, writes and probes of a hot store that failed or took too long, since the start',
    label: 'store',
    aggregator: 'sum',
    read: byStore((store) => store.failures),
  });
  metrics.addGauge({
    name: 'rastro_hot_store_queue',
    help: 'Clicks on their way to a hot store, and those that none keeps',
    label: 'state',
    aggregator: 'sum',
    read: () => ({ waiting: readStores().waiting, dropped: readStores().dropped }),
  });
  metrics.addGauge({
    name: 'rastro_click_lookups',
    help: 'Clicks that were looked for since the start, by where they were found',
    label: 'source',
    aggregator: 'sum',
    read: () => ({ ...readStores().lookups }),
  });
}

/** Nothing where no stream is configured. */
function addStreamGauges({ metrics, readStream }: AppDeps): void {
  metrics.addGauge({
    name: 'rastro_capture_stream_up',
    help: 'Whether the stream of the capture log takes records: 1, or 0 while they go to the disk',
    label: 'stream',
    aggregator: 'min',
    read: (): Record<string, number> => {
      const report = readStream();
      if (report === null) return {};
      return { [report.wanted.stream]: report.trouble === null && report.diverting === null ? 1 : 0 };
    },
  });
  metrics.addGauge({
    name: 'rastro_capture_stream_records',
    help: 'Records since the start that the stream acknowledged, and those that went to the disk instead',
    label: 'state',
    aggregator: 'sum',
    read: (): Record<string, number> => {
      const report = readStream();
      return report === null ? {} : { replicated: report.replicated, diverted: report.diverted };
    },
  });
  metrics.addGauge({
    name: 'rastro_capture_stream_replicas',
    help: 'Copies of the stream that are up to date, and those that are wanted',
    label: 'state',
    aggregator: 'min',
    read: (): Record<string, number> => {
      const report = readStream();
      if (report === null) return {};
      return { current: report.facts?.currentReplicas ?? 0, wanted: report.wanted.replicas };
    },
  });
}

function addJobGauges({ metrics, db, clock }: AppDeps): void {
  const read = (value: (run: JobRun) => number | null) => async () => {
    const runs = await within(PROBE_MS, listJobRuns(db));
    return Object.fromEntries(runs.flatMap((run) => pairOf(run.name, value(run))));
  };
  metrics.addGauge({
    name: 'rastro_job_seconds_since_success',
    help: 'Age of the last successful run of each job',
    label: 'job',
    read: read((run) => (run.last_success_at ? (clock.now() - run.last_success_at.getTime()) / 1000 : null)),
  });
  metrics.addGauge({
    name: 'rastro_job_duration_seconds',
    help: 'How long the last run of each job took',
    label: 'job',
    read: read((run) => (run.duration_ms === null ? null : run.duration_ms / 1000)),
  });
  metrics.addGauge({
    name: 'rastro_job_failures',
    help: 'Failed runs of each job since the first one',
    label: 'job',
    read: read((run) => Number(run.failures)),
  });
}

const pairOf = (name: string, value: number | null): [string, number][] =>
  value === null ? [] : [[name, value]];

function countNowAndThen(count: () => Promise<Record<string, number>>, now: () => number) {
  let last: Record<string, number> = {};
  let countedAt = Number.NEGATIVE_INFINITY;
  return async (): Promise<Record<string, number>> => {
    if (!hasPassed(COUNT_EVERY_MS, { since: countedAt, now: now() })) return last;
    last = await count();
    countedAt = now();
    return last;
  };
}
