import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { buildId } from '../domain/ids.ts';
import { registerAuth } from './auth.ts';
import { isCollectUrl } from './collect/collect-handler.ts';
import type { App, AppDeps } from './deps.ts';
import { registerErrors } from './errors.ts';
import { addGauges } from './gauges.ts';
import { registerHeaders } from './headers.ts';
import { registerOpenapi } from './openapi.ts';
import { PROBLEM_TYPE, problem } from './problem.ts';
import { registerTimes } from './request-times.ts';
import { registerRoutes } from './routes.ts';
import { registerTextCheck } from './storable.ts';

const BODY_LIMIT = 256 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 65_000;
const MAX_HEADER_BYTES = 128 * 1024;

/** Builds the HTTP application with all its routes; does not listen. */
export function buildApp(deps: AppDeps): App {
  const app = openApp(deps);
  registerErrors(app);
  registerHeaders(app, deps);
  registerTimes(app, deps);
  registerAuth(app, deps);
  registerTextCheck(app);
  registerOpenapi(app, deps);
  addGauges(deps);
  // The description only sees routes that come after its plugin has loaded.
  app.after(() => registerRoutes(app, deps));
  return app;
}

function openApp(deps: AppDeps): App {
  const logger: FastifyBaseLogger = deps.logger;
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    genReqId: () => buildId(),
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (_error, _request, reply) => answerBadAddress(reply.raw),
    routerOptions: { maxParamLength: 500 },
    serverFactory: (handler) => createEdgeServer(handler, deps),
  }).withTypeProvider<ZodTypeProvider>();
  // JSON only; a route that takes anything else says so itself.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  return app;
}

type RawHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Clicks and what sites post are answered before the framework sees them: it costs a quarter of the throughput. */
function createEdgeServer(
  handler: RawHandler,
  { goHandler, collectHandler }: Pick<AppDeps, 'goHandler' | 'collectHandler'>,
): Server {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    // A browser that goes on clicking on its open connection would keep a server that stops from ending.
    if (!server.listening) response.shouldKeepAlive = false;
    if (request.url?.charCodeAt(0) !== SLASH) request.url = readPath(request.url);
    if (request.url?.startsWith('/go/')) goHandler(request, response);
    else if (isCollectUrl(request.url)) collectHandler(request, response);
    else handler(request, response);
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return server;
}

const SLASH = 47;

/** A request line may name the server too (RFC 9112, 3.2.2), and in any way: only the path behind it says anything. */
const readPath = (target = ''): string => {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '');
  return path.startsWith('/') ? path : `/${path}`;
};

function answerBadAddress(response: ServerResponse): void {
  response.writeHead(400, { 'content-type': PROBLEM_TYPE });
  response.end(JSON.stringify(problem(400, 'Bad request', 'The address cannot be understood.')));
}

const BROKEN_STATUS: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
};

/** A request that is not even HTTP gets a problem too, and the connection is closed. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
  const [status, title] = BROKEN_STATUS[error.code ?? ''] ?? [400, 'Bad Request'];
  const body = JSON.stringify(problem(status, title, 'The request cannot be understood.'));
  const head = `HTTP/1.1 ${status} ${title}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
}
