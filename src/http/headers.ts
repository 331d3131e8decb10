import type { App, AppDeps } from './deps.ts';

const DEFAULTS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

/** Safe headers on every answer; a route that needs others sets them itself. */
export function registerHeaders(app: App, deps: AppDeps): void {
  const defaults = deps.publicUrl.startsWith('https://')
    ? { ...DEFAULTS, 'strict-transport-security': 'max-age=31536000' }
    : DEFAULTS;
  app.addHook('onSend', async (request, reply) => {
    for (const [name, value] of Object.entries(defaults)) {
      if (!reply.hasHeader(name)) reply.header(name, value);
    }
    const isApi = request.routeOptions.url?.startsWith('/api/v1/');
    if (isApi && !reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}
