import { z } from 'zod';
import { isId } from '../domain/ids.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** Query of every list; extend it with the list's filters. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT).describe('Rows an answer.'),
  cursor: z
    .string()
    .refine((cursor) => decodeCursor(cursor) !== null, 'is not a cursor of this list')
    .optional()
    .describe('`next_cursor` of the answer before.'),
});

/** Schema of a list's answer. */
export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({
    data: z.array(item),
    next_cursor: z.string().nullable().describe('Null at the end of the list.'),
  });
}

/** The id that a checked cursor stands for; undefined without one. */
export function readCursor(cursor: string | undefined): string | undefined {
  return cursor === undefined ? undefined : (decodeCursor(cursor) ?? undefined);
}

function decodeCursor(cursor: string): string | null {
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  return isId(id) ? id : null;
}

/** Cuts the one row too many that was read to know whether there are more. */
export function buildPage<Row>(
  rows: readonly Row[],
  limit: number,
  idOf: (row: Row) => string,
): { rows: readonly Row[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {
    rows: shown,
    nextCursor: hasMore ? Buffer.from(idOf(last), 'latin1').toString('base64url') : null,
  };
}
