import { z } from 'zod';
import { isId } from '../../domain/ids.ts';
import { recordAccess } from '../../leads/access-log.ts';
import type { Profile } from '../../profiles/build-profile.ts';
import { findProfile } from '../../profiles/find-profile.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { timeField } from '../fields.ts';
import { errorResponses, notFound, refuse } from '../problem.ts';
import { buildAccess, readReader, reasonHeader } from '../reader.ts';

const nullableText = z.string().nullable();
const score = z.int().min(0).max(100);
const reasons = z.array(z.object({ rule: z.string(), points: z.number() }));

const profileSchema = z.object({
  location: z.object({
    city: nullableText,
    state: nullableText,
    country: nullableText,
    ip_hash: nullableText,
  }),
  device: z.object({
    type: nullableText,
    browser: nullableText,
    os: nullableText,
    is_mobile: z.boolean().nullable(),
  }),
  behavior: z.object({
    click_to_start_seconds: z.number().nullable().describe('Null when no click is known.'),
    access_hour: z.int().describe('0 to 23, in the workspace’s zone, of the start that brought the click.'),
    access_weekday: z.int().describe('0 is Sunday; in the workspace’s zone.'),
    starts: z.int(),
    payments: z.int(),
    paid: z.int().describe('How many of the payments are paid.'),
  }),
  quality: z.object({
    label: z.enum(['good', 'doubtful', 'suspicious']),
    bot_score: score,
    fraud_score: score,
    reasons: z.object({ bot: reasons, fraud: reasons }),
    is_suspicious: z.boolean().describe('One of the scores has reached the workspace’s threshold.'),
    has_click_id: z.boolean(),
    matched_by: nullableText.describe('`token`, `fbclid` or `known_fbclid`.'),
  }),
});

const answerSchema = z
  .object({
    bot_user_id: z.string(),
    profile: profileSchema,
    bot_score: score,
    fraud_score: score,
    generated_at: timeField,
  })
  .meta({ id: 'UserProfile', description: 'Where from, with what, how, and how far to be trusted.' });

/** `GET /api/v1/bot-users/:id/profile`. */
export function registerBotUserProfileRoute(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/bot-users/:id/profile',
    {
      preHandler: requireScope('read'),
      schema: {
        tags: ['Bot users'],
        summary: 'Read the profile of a bot user',
        description:
          'Location, device, behaviour and quality of one person, made of what is known at this moment. The look is written to `lead_access_log`.',
        params: z.object({ id: z.string() }),
        headers: reasonHeader,
        response: { 200: answerSchema, ...errorResponses(401, 404) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const made = isId(id) ? await findProfile(deps.db, request.actor.workspaceId, id) : undefined;
      if (!made) return refuse(reply, notFound('bot user'));
      const access = buildAccess(readReader(request), 'bot_user', id);
      await recordAccess(deps.db, [{ ...access, fields: ['profile'] }]);
      return {
        bot_user_id: made.botUserId,
        profile: buildBody(made.profile),
        bot_score: made.profile.quality.bot_score,
        fraud_score: made.profile.quality.fraud_score,
        generated_at: made.generatedAt.toISOString(),
      };
    },
  );
}

function buildBody({ quality, ...profile }: Profile): z.infer<typeof profileSchema> {
  const { bot, fraud } = quality.reasons;
  return { ...profile, quality: { ...quality, reasons: { bot: [...bot], fraud: [...fraud] } } };
}
