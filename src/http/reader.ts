import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Access } from '../leads/access-log.ts';
import type { Actor } from './auth.ts';

/** Headers of every route that shows personal data. */
export const reasonHeader = z.object({
  'x-access-reason': z
    .string()
    .max(500)
    .optional()
    .describe('Why the data are looked at; kept in the access log.'),
});

/** Who asks for personal data, and why. */
export interface Reader {
  readonly actor: Actor;
  readonly reason: string | null;
}

/** The reader of a request whose headers `reasonHeader` has checked. */
export const readReader = (
  request: Pick<FastifyRequest, 'actor'> & { readonly headers: z.infer<typeof reasonHeader> },
): Reader => ({ actor: request.actor, reason: request.headers['x-access-reason'] ?? null });

/** What the logs call an actor: `key:<id>` or `user:<id>`. */
export const buildActorName = ({ keyId, userId }: Actor): string =>
  userId === null ? `key:${keyId ?? 'unknown'}` : `user:${userId}`;

/** The record of one look at one person's data, without the fields that were shown. */
export function buildAccess(
  { actor, reason }: Reader,
  subjectKind: Access['subjectKind'],
  subjectId: string,
): Omit<Access, 'fields'> {
  const { workspaceId } = actor;
  return { workspaceId, actor: buildActorName(actor), action: 'read', subjectKind, subjectId, reason };
}
