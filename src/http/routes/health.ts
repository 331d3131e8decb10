import { z } from 'zod';
import type { App, AppDeps } from '../deps.ts';
import { findReadiness, readinessSchema } from '../health.ts';

const tags = ['Health'];

/** `GET /healthz`, `GET /readyz`, `GET /metrics`. */
export function registerHealthRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/healthz',
    {
      schema: {
        tags,
        summary: 'Whether the process lives',
        description: 'Asks nothing of any other part.',
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    () => ({ status: 'ok' as const }),
  );
  app.get(
    '/readyz',
    {
      schema: {
        tags,
        summary: 'Whether clicks can be captured durably',
        description:
          '200 while they can, also when the database is away; 503 when the disk refuses or no pool is known.',
        response: { 200: readinessSchema, 503: readinessSchema },
      },
    },
    async (_request, reply) => {
      const readiness = await findReadiness(deps);
      reply.code(readiness.status === 'ready' ? 200 : 503);
      return readiness;
    },
  );
  app.get(
    '/metrics',
    {
      schema: {
        tags,
        summary: 'Metrics for Prometheus',
        description: 'Text in the format of Prometheus; what cannot be read at the moment is left out.',
        response: { 200: z.string() },
      },
    },
    async (_request, reply) => {
      reply.header('content-type', deps.metrics.registry.contentType);
      return reply.serializer((text: string) => text).send(await deps.readMetrics());
    },
  );
}
