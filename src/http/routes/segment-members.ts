import { z } from 'zod';
import type { Subject } from '../../segments/filter.ts';
import type { Cell, Member, MemberPlace } from '../../segments/members/member.ts';
import { countMembers, MEMBER_KINDS, recordLooks, showMember } from '../../segments/members/members.ts';
import { findSegment, type MemberQuestion } from '../../segments/segment-query.ts';
import { mayDo, requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams } from '../fields.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { badField, errorResponses, notFound, refuse } from '../problem.ts';
import { buildActorName, type Reader, readReader, reasonHeader } from '../reader.ts';
import { buildCatalogue, catalogueSchema } from '../segment-catalogue.ts';
import { filterField, readFilterField, subjectField } from '../segment-fields.ts';
import { zoneOf } from '../segment-zone.ts';
import { buildTimePage, readTimeCursor } from '../time-cursor.ts';

const SAMPLE = 5;
const tags = ['Segments'];
const memberSchema = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .describe('The columns that `GET /api/v1/segments/fields` lists for the subject.');
const countSchema = z.object({ count: z.int() });
const previewBody = z.strictObject({ subject: subjectField, filter: filterField });
const membersQuery = pageQuery.extend({ cursor: z.string().max(200).optional() });

/** Fields, preview, count and members of segments. */
export function registerSegmentMemberRoutes(app: App, deps: AppDeps): void {
  registerFields(app);
  registerPreview(app, deps);
  registerCount(app, deps);
  registerMembers(app, deps);
}

function registerFields(app: App): void {
  app.get(
    '/api/v1/segments/fields',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'What to filter by',
        description: 'Fields, operators, choices and columns of each subject, with labels in both languages.',
        response: { 200: catalogueSchema, ...errorResponses(401, 403) },
      },
    },
    async () => buildCatalogue(),
  );
}

function registerPreview(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/segments/preview',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Try a filter',
        description: `How many a filter finds that is not saved, and the first ${SAMPLE} of them, masked whatever the key may do. The looks are written to \`lead_access_log\`.`,
        body: previewBody,
        headers: reasonHeader,
        response: {
          200: countSchema.extend({ sample: z.array(memberSchema) }),
          ...errorResponses(400, 401, 403, 413, 415, 422),
        },
      },
    },
    async (request, reply) => {
      const { subject, filter } = request.body;
      const read = readFilterField(filter, subject);
      if (read.kind === 'bad') return refuse(reply, read.problem);
      const { workspaceId } = request.actor;
      const question = { workspaceId, filter: read.filter, zone: zoneOf(deps, workspaceId) };
      const count = await countMembers(deps.db, subject, question);
      const members = await MEMBER_KINDS[subject].list(deps, question, { limit: SAMPLE });
      const sample = await showMembers(
        deps,
        { reader: readReader(request), subject, isClear: false },
        members,
      );
      return { count, sample };
    },
  );
}

function registerCount(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/segments/:id/count',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Count a segment',
        description: 'How many people it finds at this moment.',
        params: idParams,
        response: { 200: countSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const segment = await findSegment(deps.db, workspaceId, request.params.id);
      if (!segment) return refuse(reply, notFound('segment'));
      const question = { workspaceId, filter: segment.filter, zone: zoneOf(deps, workspaceId) };
      return { count: await countMembers(deps.db, segment.subject, question) };
    },
  );
}

function registerMembers(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/segments/:id/members',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List the members of a segment',
        description:
          'In the order in which they came. Personal columns are masked for keys of scope `read`. Every member that is shown is written to `lead_access_log`.',
        params: idParams,
        querystring: membersQuery,
        headers: reasonHeader,
        response: { 200: pageSchema(memberSchema), ...errorResponses(401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const segment = await findSegment(deps.db, workspaceId, request.params.id);
      if (!segment) return refuse(reply, notFound('segment'));
      const { limit, cursor } = request.query;
      const after = readPlace(segment.subject, cursor);
      if (cursor !== undefined && after === undefined) {
        return refuse(reply, badField('cursor', 'is not a cursor of this list'));
      }
      const question: MemberQuestion = {
        workspaceId,
        filter: segment.filter,
        zone: zoneOf(deps, workspaceId),
      };
      const found = await MEMBER_KINDS[segment.subject].list(deps, question, { after, limit: limit + 1 });
      const page = cutPage(segment.subject, found, limit);
      const isClear = mayDo(request.actor, 'write');
      const view = { reader: readReader(request), subject: segment.subject, isClear };
      return { data: await showMembers(deps, view, page.rows), next_cursor: page.nextCursor };
    },
  );
}

function readPlace(subject: Subject, cursor: string | undefined): MemberPlace | undefined {
  if (subject === 'leads') return readTimeCursor(cursor);
  const id = readCursor(cursor);
  return id === undefined ? undefined : { at: null, id };
}

function cutPage(subject: Subject, found: readonly Member[], limit: number) {
  if (subject !== 'leads') return buildPage(found, limit, (member) => member.id);
  return buildTimePage(found, limit, ({ place }) => ({ at: place.at ?? '', id: place.id }));
}

interface View {
  readonly reader: Reader;
  readonly subject: Subject;
  readonly isClear: boolean;
}

async function showMembers(
  deps: AppDeps,
  { reader, subject, isClear }: View,
  members: readonly Member[],
): Promise<Record<string, Cell>[]> {
  const kind = MEMBER_KINDS[subject];
  const { workspaceId } = reader.actor;
  const who = { workspaceId, actor: buildActorName(reader.actor), reason: reader.reason };
  await recordLooks(deps.db, { ...who, action: 'read', isClear }, { kind, members });
  return members.map((member) => ({ ...showMember(kind, member, isClear) }));
}
