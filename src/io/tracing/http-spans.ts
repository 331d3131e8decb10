import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { TRACER } from './traced.ts';

/** Node tells of every request here, also of those that the framework never sees. */
const REQUEST_STARTS = 'http.server.request.start';

/** Asked every few seconds by machines. */
const UNTOLD = new Set(['/healthz', '/readyz', '/metrics']);

const spans = new WeakMap<IncomingMessage, Span>();

/** The span of a request under way; undefined without tracing. */
export const spanOf = (request: IncomingMessage): Span | undefined => spans.get(request);

/**
 * Makes a span of each request that a server of this process answers. The caller's own trace is not continued: at a
 * public edge it would let strangers choose what is kept. Returns how to stop.
 */
export function traceRequests(): () => void {
  const onStart = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const path = readPath(request.url ?? '/');
    if (UNTOLD.has(path)) return;
    const { method = 'GET' } = request;
    const route = path.startsWith('/go/') ? '/go/:slug' : 'unknown';
    const span = trace.getTracer(TRACER).startSpan(
      `${method} ${route}`,
      {
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': method, 'http.route': route, 'url.scheme': 'http' },
      },
      ROOT_CONTEXT,
    );
    spans.set(request, span);
    response.once('close', () => endSpan(span, response));
  };
  subscribe(REQUEST_STARTS, onStart);
  return () => void unsubscribe(REQUEST_STARTS, onStart);
}

/** Without the query, which holds click ids. */
const readPath = (url: string): string => url.split('?', 1)[0] ?? '/';

function endSpan(span: Span, response: ServerResponse): void {
  const { statusCode } = response;
  span.setAttribute('http.response.status_code', statusCode);
  if (!response.writableFinished) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'the visitor left before the answer' });
  } else if (statusCode >= 500) {
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

/** Names a request's span by its route, whose address holds no tokens. */
export function nameSpan(request: IncomingMessage, route: string): void {
  spans.get(request)?.updateName(`${request.method} ${route}`).setAttribute('http.route', route);
}
