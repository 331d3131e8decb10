import { z } from 'zod';
import { startDraft } from '../../broadcasts/start-draft.ts';
import {
  pauseBroadcast,
  resumeBroadcast,
  retryRecipients,
  stopBroadcast,
  type Transition,
} from '../../broadcasts/transitions.ts';
import { requireScope } from '../auth.ts';
import { broadcastSchema, buildBroadcast, readStart, startField } from '../broadcast-fields.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams } from '../fields.ts';
import { badField, errorResponses, notFound, problem, refuse } from '../problem.ts';

const tags = ['Broadcasts'];
const startBody = z.strictObject({ at: startField.optional() }).nullish();
const retryBody = z.strictObject({
  state: z.enum(['unknown', 'failed']).describe('Of the `unknown` some have the message already.'),
  bot_user_ids: z
    .array(z.guid())
    .min(1)
    .max(1000)
    .optional()
    .describe('Only these; all of that state if absent.'),
});

/** `POST /api/v1/broadcasts/:id/start|pause|resume|stop|retry`. */
export function registerBroadcastActRoutes(app: App, deps: AppDeps): void {
  registerStart(app, deps);
  registerRetry(app, deps);
  const acts = [
    { word: 'pause', act: pauseBroadcast, text: 'Within a second nothing more is sent; `resume` goes on.' },
    { word: 'resume', act: resumeBroadcast, text: 'Goes on where it was.' },
    { word: 'stop', act: stopBroadcast, text: 'Ends it for good; who was not sent to yet is skipped.' },
  ] as const;
  for (const { word, act, text } of acts) {
    app.post(
      `/api/v1/broadcasts/:id/${word}`,
      {
        onRequest: requireScope('write'),
        schema: {
          tags,
          summary: `${word.charAt(0).toUpperCase()}${word.slice(1)} a broadcast`,
          description: `${text} Again changes nothing.`,
          params: idParams,
          response: { 200: broadcastSchema, ...errorResponses(401, 403, 404, 409) },
        },
      },
      async (request, reply) => {
        const key = { workspaceId: request.actor.workspaceId, broadcastId: request.params.id };
        const result = await act(deps.db, key);
        return result.kind === 'done'
          ? buildBroadcast(result.broadcast)
          : refuse(reply, buildProblem(result));
      },
    );
  }
}

function registerStart(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/broadcasts/:id/start',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Start a broadcast',
        description:
          'Now, or at `at`, or at the draft’s `starts_at`. Text and filter are fixed at this moment, the people when the sending begins. Again changes nothing.',
        params: idParams,
        body: startBody,
        response: { 200: broadcastSchema, ...errorResponses(400, 401, 403, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const written = request.body?.at;
      const zone = deps.registry.workspace(workspaceId)?.timezone ?? 'UTC';
      const at = written === undefined ? undefined : readStart(written, zone);
      if (written !== undefined && at === undefined) {
        return refuse(reply, badField('at', 'must be a moment, like 2026-12-01T09:00'));
      }
      const result = await startDraft(deps, { workspaceId, broadcastId: request.params.id }, at);
      if (result.kind === 'incomplete') return refuse(reply, badField(result.path, result.message));
      return result.kind === 'done' ? buildBroadcast(result.broadcast) : refuse(reply, buildProblem(result));
    },
  );
}

function registerRetry(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/broadcasts/:id/retry',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Send again to people of a result',
        description:
          'Nobody is sent to twice by the program itself; this is a person’s decision. Not to those whom another broadcast of the same campaign has reached.',
        params: idParams,
        body: retryBody,
        response: {
          200: z.object({ people: z.int().describe('Who are due again.') }),
          ...errorResponses(400, 401, 403, 404, 409, 413, 415, 422),
        },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, broadcastId: request.params.id };
      const { state, bot_user_ids: ids } = request.body;
      const result = await retryRecipients(deps.db, key, { state, botUserIds: ids ?? null });
      return result.kind === 'queued' ? { people: result.people } : refuse(reply, buildProblem(result));
    },
  );
}

const buildProblem = (result: Exclude<Transition, { kind: 'done' }>) =>
  result.kind === 'unknown' ? notFound('broadcast') : problem(409, 'Not possible now', result.why);
