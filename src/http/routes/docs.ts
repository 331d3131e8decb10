import fastify, { type FastifyReply } from 'fastify';
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
  app.get(SCRIPT, { schema: { hide: true } }, async (_request, reply) => {
    script ??= readScript();
    return reply
      .header('cache-control', 'public, max-age=86400')
      .type('application/javascript; charset=utf-8')
      .send(await script);
  });
  for (const url of ['/api/docs', '/api/docs/']) {
    app.get(url, { schema: { hide: true } }, (_request, reply) => sendPage(reply));
  }
  app.get('/api/docs/openapi.json', { schema: { hide: true } }, () => app.swagger());
}

/** Made when somebody reads the documentation for the first time. */
let script: Promise<string> | null = null;

/**
 * The reader is loaded only now: it takes 30 MB. Its own page builds an address from the Host header and fails on a bad
 * one, so only its script is used.
 */
async function readScript(): Promise<string> {
  const { default: reader } = await import('@scalar/fastify-api-reference');
  const app = fastify();
  await app.register(reader, { routePrefix: READER, configuration: { url: '/api/docs/openapi.json' } });
  const answer = await app.inject({ method: 'GET', url: SCRIPT });
  await app.close();
  return answer.payload;
}

function sendPage(reply: FastifyReply): FastifyReply {
  return reply.header('content-security-policy', POLICY).type('text/html; charset=utf-8').send(PAGE);
}
