import type { App, AppDeps } from './deps.ts';

/** Measures every route but `/go`, which the framework never sees. */
export function registerTimes(app: App, { metrics }: Pick<AppDeps, 'metrics'>): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    metrics.httpSeconds.observe(labels, reply.elapsedTime / 1000);
  });
}
