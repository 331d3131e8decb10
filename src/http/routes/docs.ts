import reader from '@scalar/fastify-api-reference';
import type { FastifyReply } from 'fastify';
import type { App } from '../deps.ts';

const READER = '/api/docs/reader';
const SCRIPT = `${READER}/js/scalar.js`;

/** The reader brings its own styles; it may load nothing and speak to nobody but this server. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SETTINGS = {
  theme: 'default',
  withDefaultFonts: false,
  hideClientButton: true,
  telemetry: false,
  showDeveloperTools: 'never',
  authentication: { preferredSecurityScheme: 'key' },
  agent: { disabled: true },
  mcp: { disabled: true },
};

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rastro API</title>
</head>
<body>
<noscript>The reader takes scripts; the document itself is at <a href="/api/docs/openapi.json">openapi.json</a>.</noscript>
<script id="api-reference" data-url="/api/docs/openapi.json" data-configuration='${JSON.stringify(SETTINGS)}'></script>
<script src="${SCRIPT}"></script>
</body>
</html>
`;

/** `GET /api/docs` and `GET /api/docs/openapi.json`; everything comes from this server. */
export function registerDocsRoutes(app: App): void {
  // The reader's own page builds an address from the Host header and fails on a bad one: only its script is used.
  app.register(reader, {
    routePrefix: READER,
    configuration: { url: '/api/docs/openapi.json' },
    hooks: {
      onRequest: (request, reply, done) => {
        if (request.routeOptions.url === SCRIPT) {
          reply.header('cache-control', 'public, max-age=86400');
          done();
        } else reply.callNotFound();
      },
    },
  });
  for (const url of ['/api/docs', '/api/docs/']) {
    app.get(url, { schema: { hide: true } }, (_request, reply) => sendPage(reply));
  }
  app.get('/api/docs/openapi.json', { schema: { hide: true } }, () => app.swagger());
}

function sendPage(reply: FastifyReply): FastifyReply {
  return reply.header('content-security-policy', POLICY).type('text/html; charset=utf-8').send(PAGE);
}
