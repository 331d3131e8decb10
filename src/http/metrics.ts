import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The program's Prometheus metrics; rooms count through these, `GET /metrics` shows them. */
export interface Metrics {
  readonly registry: Registry;
  /** Clicks of the public edge by `outcome`: `bridge`, `direct`, or the reason why it is no click. */
  readonly clicks: Counter<'outcome'>;
  /** Items that sites posted, by `outcome`: `accepted`, `rejected`. */
  readonly collected: Counter<'outcome'>;
  /** Seconds from request to answer of everything but `/go` and what sites post. */
  readonly httpSeconds: Histogram<'method' | 'route' | 'status'>;
  /** Adds a gauge that is read when the metrics are asked for; `read` gives one value a label, or one for all. */
  addGauge(gauge: MeasuredGauge): void;
}

/** A gauge that asks for its values when it is scraped; what it cannot read now is left out. */
export interface MeasuredGauge {
  readonly name: string;
  readonly help: string;
  /** How the processes' values make one; `max` by default, for what all of them read in the database. */
  readonly aggregator?: 'sum' | 'min' | 'max';
  /** Name of the label that the keys of the values stand for; none = a single value under any key. */
  readonly label?: string;
  read(): Promise<Readonly<Record<string, number>>> | Readonly<Record<string, number>>;
}

const HTTP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Makes the metrics; one set a process (and one a test). */
export function buildMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const clicks = new Counter({
    name: 'rastro_clicks_total',
    help: 'Visits of /go by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const collected = new Counter({
    name: 'rastro_collected_items_total',
    help: 'Page views, events and leads that sites posted, by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const httpSeconds = new Histogram({
    name: 'rastro_http_request_duration_seconds',
    help: 'Time to answer, without /go and what sites post',
    labelNames: ['method', 'route', 'status'],
    buckets: HTTP_BUCKETS,
    registers: [registry],
  });
  return { registry, clicks, collected, httpSeconds, addGauge: (gauge) => addGauge(registry, gauge) };
}

function addGauge(registry: Registry, { name, help, label, aggregator = 'max', read }: MeasuredGauge): void {
  const labelNames = label ? [label] : [];
  const gauge: Gauge = new Gauge({
    name,
    help,
    labelNames,
    aggregator,
    registers: [registry],
    async collect() {
      gauge.reset();
      const values = await Promise.resolve(read()).catch(() => ({}));
      for (const [key, value] of Object.entries(values)) {
        if (label) gauge.set({ [label]: key }, value);
        else gauge.set(value);
      }
    },
  });
}
