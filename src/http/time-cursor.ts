import { z } from 'zod';
import { isId } from '../domain/ids.ts';
import { pageQuery } from './paging.ts';

/** A place in a list that is ordered by time and id. */
export interface TimePlace {
  /** A moment as the database writes it, to the microsecond. */
  readonly at: string;
  readonly id: string;
}

const MOMENT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d(?::\d\d)?$/;

/** Query of a list that is ordered by time; extend it with the list's filters. */
export const timePageQuery = pageQuery.extend({
  cursor: z
    .string()
    .refine((cursor) => decodePlace(cursor) !== null, 'is not a cursor of this list')
    .optional()
    .describe('`next_cursor` of the answer before.'),
});

/** The place that a checked cursor stands for; undefined without one. */
export function readTimeCursor(cursor: string | undefined): TimePlace | undefined {
  return cursor === undefined ? undefined : (decodePlace(cursor) ?? undefined);
}

function decodePlace(cursor: string): TimePlace | null {
  const [at = '', id] = Buffer.from(cursor, 'base64url').toString('latin1').split('|');
  return MOMENT.test(at) && isId(id) ? { at, id } : null;
}

/** Cuts the one row too many that was read to know whether there are more. */
export function buildTimePage<Row>(
  rows: readonly Row[],
  limit: number,
  placeOf: (row: Row) => TimePlace,
): { rows: readonly Row[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  if (rows.length <= limit || last === undefined) return { rows: shown, nextCursor: null };
  const { at, id } = placeOf(last);
  return { rows: shown, nextCursor: Buffer.from(`${at}|${id}`, 'latin1').toString('base64url') };
}
