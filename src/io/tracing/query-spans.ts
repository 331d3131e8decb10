import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { LogEvent } from 'kysely';
import { TRACER } from './traced.ts';

const MOST_TEXT = 2_000;

/**
 * Makes a span of a query that was asked within a traced work; the idle polling of loops makes none. Its text holds no
 * values: they are parameters.
 */
export function recordQuery({ query, queryDurationMillis, level }: LogEvent): void {
  if (trace.getActiveSpan()?.isRecording() !== true) return;
  const endedAt = Date.now();
  const span = trace.getTracer(TRACER).startSpan('database query', {
    kind: SpanKind.CLIENT,
    startTime: endedAt - queryDurationMillis,
    attributes: { 'db.system.name': 'postgresql', 'db.query.text': query.sql.slice(0, MOST_TEXT) },
  });
  if (level === 'error') span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(endedAt);
}
