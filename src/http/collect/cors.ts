import type { IncomingMessage, ServerResponse } from 'node:http';

/** Asks whether pages of an origin may speak to us. */
type OriginCheck = (origin: string) => boolean;

/** The headers that let a site's page read an answer; none for a request without an origin or of a foreign one. */
export function buildCorsHeaders(request: IncomingMessage, isAllowed: OriginCheck): Record<string, string> {
  const { origin } = request.headers;
  if (origin === undefined || !isAllowed(origin)) return { vary: 'origin' };
  return {
    'access-control-allow-origin': origin,
    // A beacon comes with credentials, whether the page wants it or not; cookies are never looked at here.
    'access-control-allow-credentials': 'true',
    vary: 'origin',
  };
}

/** Answers a browser that asks before it posts; it does not say for which domain, so any site's origin will do. */
export function answerPreflight(
  request: IncomingMessage,
  response: ServerResponse,
  isAllowed: OriginCheck,
): void {
  const cors = buildCorsHeaders(request, isAllowed);
  const isKnown = 'access-control-allow-origin' in cors;
  response.writeHead(isKnown ? 204 : 403, {
    ...cors,
    ...(isKnown
      ? {
          'access-control-allow-methods': 'POST',
          'access-control-allow-headers': 'content-type',
          'access-control-max-age': '7200',
        }
      : { 'content-length': '0' }),
  });
  response.end();
}
