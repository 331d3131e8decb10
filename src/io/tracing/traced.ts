import { type Attributes, context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';

/** The name under which every span of the program is made. */
export const TRACER = 'rastro';

/**
 * Runs `work` in a span of its own, which ends with it; what `work` asks for meanwhile hangs below. Attributes never
 * hold a person's data, a secret or an address with either. Without tracing it costs next to nothing.
 */
export async function traced<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = trace.getTracer(TRACER).startSpan(name, { attributes });
  try {
    return await context.with(trace.setSpan(context.active(), span), work, undefined, span);
  } catch (error) {
    // The message may quote what came in from outside: the kind alone is told.
    const message = error instanceof Error ? error.name : 'unknown fault';
    span.setStatus({ code: SpanStatusCode.ERROR, message });
    throw error;
  } finally {
    span.end();
  }
}
