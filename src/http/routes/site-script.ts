import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App, AppDeps } from '../deps.ts';
import { sendProblem } from '../errors.ts';
import { problem } from '../problem.ts';
import { buildSiteScript, type SiteScript } from '../site-script/bundle.ts';

const SHORT = 'public, max-age=300, stale-while-revalidate=86400';
const FOR_EVER = 'public, max-age=31536000, immutable';

/** `GET /r.js` by its name, cached for five minutes, and `GET /r.<hash>.js` by its content, cached for ever. */
export function registerSiteScriptRoutes(app: App, deps: Pick<AppDeps, 'logger'>): void {
  const opening = openScript(deps.logger);
  app.get('/r.js', { schema: SCHEMA }, async (request, reply) => {
    const script = await opening;
    return script === null ? sendAbsent(reply) : sendScript(request, reply, { script, cache: SHORT });
  });
  const params = z.object({ hash: z.string() });
  app.get('/r.:hash(^[0-9a-f]{16}).js', { schema: { hide: true, params } }, async (request, reply) => {
    const script = await opening;
    if (script === null) return sendAbsent(reply);
    // A name from before an update: the site goes on being measured.
    if (request.params.hash !== script.hash) return redirectToNewest(reply);
    return sendScript(request, reply, { script, cache: FOR_EVER });
  });
}

/** A server without the script still serves clicks. */
async function openScript(logger: AppDeps['logger']): Promise<SiteScript | null> {
  try {
    return await buildSiteScript();
  } catch (error) {
    logger.error({ err: error }, 'the site script could not be built: /r.js answers 503');
    return null;
  }
}

const SCHEMA = {
  tags: ['Public edge'],
  summary: 'The site script',
  description:
    'For `<script async src="…/r.js" data-domain="<domain_id>"></script>` on any site. Cached for five minutes; `/r.<hash>.js`, whose hash is this answer’s `ETag`, for ever.',
} as const;

interface Served {
  readonly script: SiteScript;
  readonly cache: string;
}

function sendScript(request: FastifyRequest, reply: FastifyReply, { script, cache }: Served): FastifyReply {
  const etag = `"${script.hash}"`;
  const accepted = String(request.headers['accept-encoding'] ?? '');
  const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : null;
  reply.headers({ ...openHeaders(cache), etag, vary: 'accept-encoding' });
  // A proxy on the way may have marked it as weak.
  const isKnown = String(request.headers['if-none-match'] ?? '').includes(etag);
  if (isKnown) return reply.code(304).send();
  if (encoding !== null) reply.header('content-encoding', encoding);
  return reply.send(encoding === 'br' ? script.brotli : encoding === 'gzip' ? script.gzip : script.plain);
}

// Any site may load it, also with `crossorigin` and `integrity`, and under an embedder policy.
function openHeaders(cache: string): Record<string, string> {
  return {
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': cache,
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'timing-allow-origin': '*',
  };
}

// Relative, so that it stays in the folder that a proxy gave the script.
function redirectToNewest(reply: FastifyReply): FastifyReply {
  return reply.code(302).headers(openHeaders('public, max-age=300')).header('location', 'r.js').send();
}

function sendAbsent(reply: FastifyReply): FastifyReply {
  const detail = 'The site script could not be built when the server started; its log says why.';
  return sendProblem(reply, problem(503, 'Unavailable', detail));
}
