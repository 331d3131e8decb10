import { countRecent, findRates } from '../broadcasts/progress.ts';
import type { AppDeps } from './deps.ts';
import { within } from './health.ts';

const PROBE_MS = 1_500;

/** Makes broadcasts visible in the metrics. */
export function addBroadcastGauges({ metrics, db }: Pick<AppDeps, 'metrics' | 'db'>): void {
  metrics.addGauge({
    name: 'rastro_broadcast_recipients',
    help: 'People of the broadcasts that are open or ended within the hour, by what became of them',
    label: 'state',
    read: () => within(PROBE_MS, countRecent(db)),
  });
  metrics.addGauge({
    name: 'rastro_broadcast_messages_per_second',
    help: 'Messages of broadcasts a second over the last ten, by bot',
    label: 'bot',
    read: () => within(PROBE_MS, findRates(db)),
  });
}
