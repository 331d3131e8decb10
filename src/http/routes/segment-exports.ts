import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import {
  AUDIENCE_FORMATS,
  AUDIENCE_SHAPES,
  type AudienceFormat,
} from '../../segments/audience/audience-format.ts';
import {
  type AudienceCounts,
  type AudienceSubject,
  countAudience,
} from '../../segments/audience/audience-people.ts';
import { explainAudience } from '../../segments/audience/explain-audience.ts';
import { exportAudience } from '../../segments/audience/export-audience.ts';
import { exportMembers } from '../../segments/export-members.ts';
import type { Looking } from '../../segments/members/members.ts';
import { findSegment, type MemberQuestion } from '../../segments/segment-query.ts';
import type { Segment } from '../../segments/segment-row.ts';
import { mayDo, requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams } from '../fields.ts';
import { badField, errorResponses, notFound, refuse } from '../problem.ts';
import { buildActorName, type Reader, readReader, reasonHeader } from '../reader.ts';
import { zoneOf } from '../segment-zone.ts';

const tags = ['Segments'];
const formatField = z.enum(AUDIENCE_FORMATS).describe('The platform whose customer list it is.');
const reasonField = z
  .string()
  .trim()
  .max(500)
  .optional()
  .describe('Why, if the header `X-Access-Reason` cannot be set; one of the two is needed.');
const SEPARATORS = { comma: ',', semicolon: ';' } as const;
const csvResponse = (description: string) => ({
  200: { description, content: { 'text/csv': { schema: z.unknown().meta({ type: 'string' }) } } },
});
const audienceSchema = z
  .object({
    segment_id: z.string(),
    format: formatField,
    members: z.int().describe('Whom the segment finds.'),
    exported: z.int().describe('Lines that `audience.csv` has at this moment.'),
    skipped: z.object({
      consent: z.int().describe('Did not agree to ads, took it back, or has not answered.'),
      no_identifier: z.int().describe('Agreed, and has nothing that the platform matches on.'),
    }),
    columns: z.array(z.string()),
    fewest: z.int().describe('Fewer people than this are of no use to the platform.'),
    is_enough: z.boolean(),
    notes: z.array(z.object({ en: z.string(), pt: z.string() })),
  })
  .meta({ id: 'SegmentAudience', description: 'Who of a segment could be given to an ad platform.' });

/** Files of segments: the members, and customer lists for ad platforms. */
export function registerSegmentExportRoutes(app: App, deps: AppDeps): void {
  registerExport(app, deps);
  registerAudience(app, deps);
  registerAudienceFile(app, deps);
}

function registerExport(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/segments/:id/export.csv',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Export the members of a segment',
        description:
          'CSV in UTF-8 with a byte order mark, streamed. Personal columns are masked for keys of scope `read`. Every member is written to `lead_access_log` with the reason, which is needed.',
        params: idParams,
        querystring: z.strictObject({
          separator: z
            .enum(['comma', 'semicolon'])
            .default('comma')
            .describe('Excel in Portuguese wants `semicolon`.'),
          reason: reasonField,
        }),
        headers: reasonHeader,
        response: { ...csvResponse('The members, one a line.'), ...errorResponses(401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const { separator, reason } = request.query;
      const asked = await readAsked(deps, readReader(request), { id: request.params.id, reason });
      if (asked.kind === 'refused') return refuse(reply, asked.problem);
      const { segment, question, looking } = asked;
      const isClear = mayDo(request.actor, 'write');
      const wish = { subject: segment.subject, question, looking, isClear, separator: SEPARATORS[separator] };
      return sendCsv(reply, `segment-${segment.segmentId}.csv`, exportMembers(deps, wish));
    },
  );
}

function registerAudience(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/segments/:id/audience',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'What an audience would hold',
        description: 'How many of a segment an ad platform could be given, and why the others cannot.',
        params: idParams,
        querystring: z.strictObject({ format: formatField }),
        response: { 200: audienceSchema, ...errorResponses(401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const { format } = request.query;
      const segment = await findSegment(deps.db, workspaceId, request.params.id);
      if (!segment) return refuse(reply, notFound('segment'));
      const question = { workspaceId, filter: segment.filter, zone: zoneOf(deps, workspaceId) };
      const subject = readAudienceSubject(segment);
      if (subject === null) return refuse(reply, NO_LIST);
      const counts = await countAudience(deps.db, { subject, format, question });
      return buildAudience(segment, format, counts);
    },
  );
}

function registerAudienceFile(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/segments/:id/audience.csv',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Export an audience',
        description:
          'A customer list for Meta or Google: SHA-256 of what each platform normalises by its own rules. Only who agreed to ads; the headers `X-Audience-…` say how many were left out. Every person is written to `lead_access_log` with the reason, which is needed.',
        params: idParams,
        querystring: z.strictObject({ format: formatField, reason: reasonField }),
        headers: reasonHeader,
        response: { ...csvResponse('The list, one person a line.'), ...errorResponses(401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const { format, reason } = request.query;
      const asked = await readAsked(deps, readReader(request), { id: request.params.id, reason });
      if (asked.kind === 'refused') return refuse(reply, asked.problem);
      const { segment, question, looking } = asked;
      const subject = readAudienceSubject(segment);
      if (subject === null) return refuse(reply, NO_LIST);
      const counts = await countAudience(deps.db, { subject, format, question });
      reply.headers({
        'x-audience-members': counts.members,
        'x-audience-exported': counts.exported,
        'x-audience-skipped-consent': counts.withoutConsent,
        'x-audience-skipped-no-identifier': counts.withoutIdentifier,
      });
      const file = exportAudience(deps, { subject, format, question, looking });
      return sendCsv(reply, `audience-${format}-${segment.segmentId}.csv`, file);
    },
  );
}

const NO_LIST = badField(
  'format',
  'visitors are keyed hashes, which no platform can match; make a segment of leads or bot users',
);

const readAudienceSubject = ({ subject }: Segment): AudienceSubject | null =>
  subject === 'visitors' ? null : subject;

type Asked =
  | {
      readonly kind: 'ok';
      readonly segment: Segment;
      readonly question: MemberQuestion;
      readonly looking: Looking;
    }
  | { readonly kind: 'refused'; readonly problem: ReturnType<typeof notFound> };

async function readAsked(
  deps: AppDeps,
  { actor, reason: header }: Reader,
  { id, reason: query }: { readonly id: string; readonly reason: string | undefined },
): Promise<Asked> {
  const { workspaceId } = actor;
  const segment = await findSegment(deps.db, workspaceId, id);
  if (!segment) return { kind: 'refused', problem: notFound('segment') };
  const reason = header?.trim() || query;
  if (!reason) return { kind: 'refused', problem: badField('reason', 'say why, here or in X-Access-Reason') };
  const question = { workspaceId, filter: segment.filter, zone: zoneOf(deps, workspaceId) };
  const looking: Looking = { workspaceId, actor: buildActorName(actor), action: 'export', reason };
  return { kind: 'ok', segment, question, looking };
}

/** The first piece is made before the headers go out, so that what fails at once is still a problem and no torn file. */
async function sendCsv(
  reply: FastifyReply,
  name: string,
  pieces: AsyncGenerator<string>,
): Promise<FastifyReply> {
  const first = await pieces.next();
  const all = async function* (): AsyncGenerator<string> {
    if (!first.done) yield first.value;
    yield* pieces;
  };
  return reply
    .header('content-type', 'text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}"`)
    .send(Readable.from(all(), { objectMode: false }));
}

function buildAudience(
  segment: Segment,
  format: AudienceFormat,
  counts: AudienceCounts,
): z.infer<typeof audienceSchema> {
  const { header, fewest } = AUDIENCE_SHAPES[format];
  const { members, exported, withoutConsent, withoutIdentifier } = counts;
  return {
    segment_id: segment.segmentId,
    format,
    members,
    exported,
    skipped: { consent: withoutConsent, no_identifier: withoutIdentifier },
    columns: [...header],
    fewest,
    is_enough: exported >= fewest,
    notes: explainAudience(segment.subject, format, exported),
  };
}
