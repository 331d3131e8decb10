import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { listWalkEvents } from '../../reports/demo-walk.ts';
import { traceOf } from '../../reports/trace.ts';
import type { App } from '../deps.ts';
import { buildMetaList, buildMetaPage } from './meta-page.ts';
import { buildMetaRows, type MetaRow } from './meta-rows.ts';
import { buildProductPage, buildTryTracePage } from './small-pages.ts';
import { readVisit, sendNotReady, sendPage, sendPart, type TryDeps, type TryVisit } from './try-context.ts';
import { buildStepList, buildWalkPage } from './walk-page.ts';
import { readSteps } from './walk-steps.ts';

/** The pages of the walk, of what Meta received, and of the trace. */
export function registerTryPages(app: App, deps: TryDeps): void {
  const page = (
    url: string,
    answer: (
      visit: TryVisit,
      request: FastifyRequest,
      reply: FastifyReply,
    ) => Promise<FastifyReply> | FastifyReply,
  ) =>
    app.get(url, { schema: { hide: true } }, async (request, reply) => {
      const visit = await readVisit(deps, request, reply);
      return visit ? answer(visit, request, reply) : sendNotReady(reply);
    });
  page('/try', (visit, _request, reply) =>
    sendPage(
      reply,
      visit.view,
      buildWalkPage(visit.view, { adUrl: buildAdUrl(deps, visit), steps: stepsOf(deps, visit) }),
    ),
  );
  page('/try/steps', (visit, _request, reply) =>
    sendPart(reply, buildStepList(visit.view, stepsOf(deps, visit))),
  );
  page('/try/meta', async (visit, _request, reply) =>
    sendPage(reply, visit.view, buildMetaPage(visit.view, await findRows(deps, visit))),
  );
  page('/try/meta/events', async (visit, _request, reply) =>
    sendPart(reply, buildMetaList(await findRows(deps, visit), visit.view.language)),
  );
  page('/try/product/:product', (visit, _request, reply) =>
    sendPage(reply, visit.view, buildProductPage(visit.view)),
  );
  page('/try/trace/:ref', async (visit, request, reply) => {
    const { ref } = traceParams.parse(request.params);
    const { demo, view } = visit;
    const { workspaceId } = demo;
    const trace = await traceOf(deps.db, { workspaceId, ref, language: view.language });
    const status = trace.hops.length === 0 ? 404 : 200;
    return sendPage(reply.code(status), view, buildTryTracePage(view, trace));
  });
}

const traceParams = z.object({ ref: z.string() });

const stepsOf = ({ room }: TryDeps, { walk }: TryVisit) => readSteps(walk, room.pixel.received);

/** A link as an ad on Facebook has it, with an fbclid of this person's that was never used. */
function buildAdUrl({ room }: TryDeps, { demo, person }: TryVisit): string {
  const query = new URLSearchParams({
    utm_source: 'facebook',
    utm_medium: 'paid',
    utm_campaign: 'fotografia_celular',
    utm_content: 'por_do_sol_01',
    utm_id: '120208000000000001',
    fbclid: `${room.clickMarkOf(person.id)}_aem_${randomBytes(16).toString('base64url')}`,
  });
  return `/go/${demo.slug}?${query.toString()}`;
}

async function findRows({ db, room }: TryDeps, { walker }: TryVisit): Promise<readonly MetaRow[]> {
  const events = await listWalkEvents(db, walker);
  return buildMetaRows(events, { browser: room.pixel.received, server: room.meta.received });
}
