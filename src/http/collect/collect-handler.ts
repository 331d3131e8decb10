import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../io/logger.ts';
import { BROKEN, ONLY_POST, sendRefusal } from './answers.ts';
import { CollectRoute } from './collect-route.ts';
import { type CollectOptions, CollectSite } from './collect-site.ts';
import { answerPreflight, buildCorsHeaders } from './cors.ts';
import { LeadsRoute } from './leads-route.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const COLLECT_PATH = '/api/collect';
const LEADS_PATH = '/api/leads';

/** Whether a raw request's address is one of the two that sites post to. */
export function isCollectUrl(url: string | undefined): boolean {
  return url !== undefined && (isPath(url, COLLECT_PATH) || isPath(url, LEADS_PATH));
}

const isPath = (url: string, path: string): boolean =>
  url.startsWith(path) && (url.length === path.length || url.charCodeAt(path.length) === QUESTION_MARK);

const QUESTION_MARK = 63;

/** Makes the handler of `/api/collect` and `/api/leads` for raw requests. It never throws. */
export function createCollectHandler(
  options: CollectOptions & { readonly logger: Pick<Logger, 'error'> },
): Handler {
  const site = new CollectSite(options);
  const collect = new CollectRoute(site);
  const leads = new LeadsRoute(site);
  return (request, response) => {
    if (request.method === 'OPTIONS') return answerPreflight(request, response, site.isSiteOrigin);
    if (request.method !== 'POST') {
      request.resume();
      return sendRefusal(response, ONLY_POST, buildCorsHeaders(request, site.isSiteOrigin));
    }
    const route = isPath(request.url ?? '', COLLECT_PATH) ? collect : leads;
    route.answer(request, response).catch((error: unknown) => {
      options.logger.error({ err: error }, 'what a site posted could not be answered');
      sendRefusal(response, BROKEN, {});
    });
  };
}
