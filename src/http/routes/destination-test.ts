import { z } from 'zod';
import { findDestination } from '../../settings/destinations.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams } from '../fields.ts';
import { followChange } from '../follow-change.ts';
import { errorResponses, notFound, refuse } from '../problem.ts';

const answerSchema = z
  .object({
    accepted: z.boolean(),
    explanation: z.string().describe('What the answer means and what to do.'),
    http_status: z.int().nullable().describe('Null when there was no answer.'),
    response: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('The platform’s answer, without secrets.'),
    receipt: z.string().nullable().describe('The platform’s own reference.'),
    duration_ms: z.number(),
  })
  .meta({ id: 'DestinationTest', description: 'What a platform said to a test event.' });

/** `POST /api/v1/destinations/:id/test`. */
export function registerDestinationTestRoute(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/destinations/:id/test',
    {
      onRequest: requireScope('write'),
      schema: {
        tags: ['Destinations'],
        summary: 'Test a destination',
        description:
          'Sends one event marked as a test and answers what the platform said. Works for a pool’s pixel too. If it is accepted, a pause ends.',
        params: idParams,
        response: { 200: answerSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, destinationId: request.params.id };
      if (!(await findDestination(deps.db, key))) return refuse(reply, notFound('destination'));
      await followChange(deps);
      const answer = await deps.testDestination(key.destinationId);
      if (!answer) return refuse(reply, notFound('destination'));
      return {
        accepted: answer.isAccepted,
        explanation: answer.explanation,
        http_status: answer.httpStatus,
        response: answer.response,
        receipt: answer.receipt,
        duration_ms: answer.durationMs,
      };
    },
  );
}
