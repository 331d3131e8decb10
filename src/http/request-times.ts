import { context, trace } from '@opentelemetry/api';
import { nameSpan, spanOf } from '../io/tracing/http-spans.ts';
import type { App, AppDeps } from './deps.ts';

/** Measures every route but `/go`, which the framework never sees; what a traced request asks for hangs below its span. */
export function registerTimes(app: App, { metrics }: Pick<AppDeps, 'metrics'>): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const span = spanOf(request.raw);
    if (!span) return done();
    nameSpan(request.raw, request.routeOptions.url ?? 'unknown');
    context.with(trace.setSpan(context.active(), span), done);
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    metrics.httpSeconds.observe(labels, reply.elapsedTime / 1000);
  });
}
