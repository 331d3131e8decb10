import { z } from 'zod';
import { findPlatform } from '../../platforms/registry.ts';
import { type PreflightFinding, runPreflight } from '../../send/preflight.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { errorResponses } from '../problem.ts';

const CHECKS = [
  'consent',
  'window',
  'identifier',
  'value',
  'currency',
  'fbc',
  'contact',
  'page',
  'suspicious',
  'event',
] as const;

const findingSchema = z
  .object({
    conversion_id: z.string(),
    event_id: z.string(),
    lead_id: z.string().nullable(),
    destination_id: z.string().nullable().describe('Null where it is about every destination.'),
    platform: z.string().nullable(),
    check: z.enum(CHECKS),
    severity: z.enum(['fault', 'warning']).describe('`fault` = the platform would not be told of it.'),
    problem: z.string(),
    fix: z.string().describe('What to do.'),
  })
  .meta({ id: 'PreflightFinding', description: 'Something wrong with a conversion that is due.' });

const preflightSchema = z.object({
  checked: z.int().describe('Due conversions that were looked at.'),
  truncated: z.boolean().describe('There are more than were looked at.'),
  data: z.array(findingSchema),
});

/** `GET /api/v1/preflight`. */
export function registerPreflightRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/preflight',
    {
      preHandler: requireScope('read'),
      schema: {
        tags: ['Deliveries'],
        summary: 'Look at what is due',
        description:
          'Looks at conversions that are not sent yet as each platform would, and names what is wrong and what to do; nothing is sent.',
        response: { 200: preflightSchema, ...errorResponses(401) },
      },
    },
    async (request) => {
      const { db, vault, registry, clock } = deps;
      const { workspaceId } = request.actor;
      const found = await runPreflight({ db, vault, registry, findPlatform, workspaceId, now: clock.now() });
      return { checked: found.checked, truncated: found.isPart, data: found.findings.map(buildFinding) };
    },
  );
}

const buildFinding = (finding: PreflightFinding): z.infer<typeof findingSchema> => ({
  conversion_id: finding.conversionId,
  event_id: finding.eventId,
  lead_id: finding.leadId,
  destination_id: finding.destinationId,
  platform: finding.platform,
  check: finding.check,
  severity: finding.isLost ? 'fault' : 'warning',
  problem: finding.problem,
  fix: finding.fix,
});
