import type { Clock } from '../io/clock.ts';
import type { LimitExchange, VisitCounts } from './limit-exchange.ts';
import type { RateLimit } from './rate-limit.ts';

/** How far behind the other processes' counts may be. */
const REPORT_EVERY_MS = 250;

/** Lets limits that report count what the same limits of the other processes have allowed; names must be the server's own. */
export function countTogether(
  limits: Readonly<Record<string, RateLimit>>,
  { exchange, clock }: { readonly exchange: LimitExchange; readonly clock: Clock },
): void {
  exchange.listen(({ at, counts }) => {
    for (const [name, limit] of Object.entries(limits)) limit.add(counts[name] ?? [], at);
  });
  const report = () => {
    const counts: Record<string, VisitCounts> = {};
    for (const [name, limit] of Object.entries(limits)) {
      const counted = limit.takeReport();
      if (counted.length > 0) counts[name] = counted;
    }
    if (Object.keys(counts).length > 0) exchange.tell({ at: clock.now(), counts });
  };
  setInterval(report, REPORT_EVERY_MS).unref();
}
