import { z } from 'zod';
import { findConnection, updateConnection } from '../../crm-sync/connections.ts';
import { requireScope } from '../auth.ts';
import { rotateSecret } from '../crm-answer.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams, timeField } from '../fields.ts';
import { errorResponses, notFound, problem, refuse } from '../problem.ts';

const testSchema = z
  .object({
    accepted: z.boolean(),
    explanation: z.string().describe('What the answer means and what to do.'),
    http_status: z.int().nullable().describe('Null when there was no answer.'),
    response: z.record(z.string(), z.unknown()).nullable().describe('The CRM’s answer, without secrets.'),
    duration_ms: z.number(),
  })
  .meta({ id: 'CrmConnectionTest', description: 'What a CRM said to a test.' });

const secretSchema = z.object({
  secret: z.string().describe('Shown once.'),
  previous_until: timeField.describe('Until then the old secret is good as well.'),
});

const BOTH_GOOD_MS = 24 * 3_600_000;
const tags = ['CRM connections'];

type Deps = Pick<AppDeps, 'db' | 'vault' | 'crm' | 'clock'>;

/** `POST /api/v1/crm-connections/:id/test` and `…/rotate-secret`. */
export function registerCrmConnectionActRoutes(app: App, deps: Deps): void {
  registerTest(app, deps);
  registerRotation(app, deps);
}

function registerTest(app: App, deps: Deps): void {
  app.post(
    '/api/v1/crm-connections/:id/test',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Test a CRM connection',
        description:
          'Asks the CRM something that changes nothing there, or sends a message marked as a test (`webhook`, `email`). If the answer is good, a pause ends.',
        params: idParams,
        response: { 200: testSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, connectionId: request.params.id };
      const isKnown = (await findConnection(deps.db, key)) !== undefined;
      const answer = isKnown ? await deps.crm.testConnection(key.connectionId) : null;
      if (!answer) return refuse(reply, notFound('connection'));
      return {
        accepted: answer.isAccepted,
        explanation: answer.explanation,
        http_status: answer.httpStatus,
        response: answer.response === null ? null : { ...answer.response },
        duration_ms: answer.durationMs,
      };
    },
  );
}

function registerRotation(app: App, deps: Deps): void {
  app.post(
    '/api/v1/crm-connections/:id/rotate-secret',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Replace a webhook secret',
        description:
          'Makes a new secret for a connection of the kind `webhook`. For 24 hours messages are signed with both, and either is believed. 409 for kinds whose secrets the vendor makes.',
        params: idParams,
        response: { 200: secretSchema, ...errorResponses(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, connectionId: request.params.id };
      const row = await findConnection(deps.db, key);
      if (!row) return refuse(reply, notFound('connection'));
      const until = new Date(deps.clock.now() + BOTH_GOOD_MS);
      const rotated = rotateSecret(row, deps, until);
      if (!rotated) {
        return refuse(reply, problem(409, 'Not made here', 'The secrets of this kind are made by the CRM.'));
      }
      const changes = { credentials: rotated.credentials };
      await updateConnection(deps.db, deps.vault, { ...key, changes });
      return { secret: rotated.secret, previous_until: until.toISOString() };
    },
  );
}
