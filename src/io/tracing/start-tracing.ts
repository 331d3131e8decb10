import { context, DiagLogLevel, diag, trace } from '@opentelemetry/api';
import type { Logger } from '../logger.ts';
import { traceRequests } from './http-spans.ts';
import type { TracingSettings } from './tracing-settings.ts';

/** Tracing of this process. */
export interface Tracing {
  /** Sends what is left, a few seconds at most. Never rejects. */
  close(): Promise<void>;
}

/** Which process of the program it is, in the traces. */
export type TracedProcess = 'server' | 'edge' | 'worker';

let isOn = false;

/** Whether spans are made in this process. */
export const isTracing = (): boolean => isOn;

const OFF: Tracing = { close: async () => undefined };

const EXPORT_MS = 5_000;
const CLOSE_MS = 3_000;
/** Bounded: what a collector that is away does not take is dropped, and no visitor waits for it. */
const MOST_WAITING = 8_192;
const COMPLAIN_EVERY_MS = 60_000;

/**
 * Sends spans of requests, folding, deliveries, jobs and calls to a collector that speaks OTLP over HTTP. Without
 * settings nothing is loaded and nothing is recorded.
 */
export async function startTracing(options: {
  readonly settings: TracingSettings | null;
  readonly process: TracedProcess;
  readonly logger: Logger;
}): Promise<Tracing> {
  const { settings, logger } = options;
  if (settings === null) return OFF;
  complainTo(logger);
  const provider = await buildProvider(settings, options.process);
  trace.setGlobalTracerProvider(provider);
  isOn = true;
  const stop = traceRequests();
  logger.info({ endpoint: settings.endpoint, ratio: settings.ratio }, 'tracing to OpenTelemetry');
  return {
    close: async () => {
      stop();
      await Promise.race([provider.shutdown().catch(() => undefined), later(CLOSE_MS)]);
    },
  };
}

/** Loaded only where it is wanted: it is a tenth of a second and some megabytes. */
async function buildProvider(settings: TracingSettings, process: TracedProcess) {
  const [sdk, { OTLPTraceExporter }, { AsyncLocalStorageContextManager }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/resources'),
    ]);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const exporter = new OTLPTraceExporter({
    url: `${settings.endpoint}/v1/traces`,
    headers: { ...settings.headers },
    timeoutMillis: EXPORT_MS,
  });
  return new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': settings.serviceName,
      'service.instance.id': `${globalThis.process.pid}`,
      'rastro.process': process,
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(settings.ratio) }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, maxQueueSize: MOST_WAITING })],
  });
}

/** A collector that is away is told of once a minute, without what it answered. */
function complainTo(logger: Logger): void {
  let complainedAt = Number.NEGATIVE_INFINITY;
  const complain = () => {
    if (performance.now() - complainedAt < COMPLAIN_EVERY_MS) return;
    complainedAt = performance.now();
    logger.warn('traces do not reach OTEL_EXPORTER_OTLP_ENDPOINT: look whether the collector is there');
  };
  const nothing = () => undefined;
  diag.setLogger(
    { error: complain, warn: complain, info: nothing, debug: nothing, verbose: nothing },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

const later = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
