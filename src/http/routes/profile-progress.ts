import { z } from 'zod';
import { findProfileProgress } from '../../profiles/profile-progress.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { errorResponses } from '../problem.ts';

const progressSchema = z.object({
  total: z.int(),
  outstanding: z.int().describe('Still to be made anew: of newer facts, or by older settings.'),
});

const answerSchema = z
  .object({ bot_users: progressSchema, leads: progressSchema })
  .meta({ id: 'ProfileProgress', description: 'How far scores follow the facts and the settings.' });

/** `GET /api/v1/profile-progress`. */
export function registerProfileProgressRoute(app: App, deps: Pick<AppDeps, 'db'>): void {
  app.get(
    '/api/v1/profile-progress',
    {
      preHandler: requireScope('read'),
      schema: {
        tags: ['Workspaces'],
        summary: 'Read how far the scores are',
        description:
          'After a change of the countries, the zone or the score weights, every profile and score is made anew, about a hundred at a time; here is how many are left.',
        response: { 200: answerSchema, ...errorResponses(401) },
      },
    },
    async (request) => {
      const { botUsers, leads } = await findProfileProgress(deps.db, request.actor.workspaceId);
      return { bot_users: botUsers, leads };
    },
  );
}
