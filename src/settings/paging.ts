/** Which part of a list is asked for: newest first, below `before` (an id) if given, at most `limit` rows. */
export interface PageRequest {
  readonly limit: number;
  readonly before: string | undefined;
}

/** What became of something that was to be deleted: what has a history is only switched off. */
export type Removal = 'deleted' | 'deactivated' | 'unknown';

/** PostgreSQL's code of an error; empty if it is not the database's. */
export function databaseErrorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A value that must be unique is taken. */
export const UNIQUE_VIOLATION = '23505';

/** Something else still refers to the row. */
export const FOREIGN_KEY_VIOLATION = '23503';

/** Deletes by one statement that spares what has a history; what is spared, or still referred to, is deactivated. */
export async function removeOrDeactivate(steps: {
  readonly remove: () => Promise<{ numDeletedRows: bigint }>;
  readonly deactivate: () => Promise<{ numUpdatedRows: bigint }>;
}): Promise<Removal> {
  try {
    const { numDeletedRows } = await steps.remove();
    if (numDeletedRows > 0n) return 'deleted';
  } catch (error) {
    if (databaseErrorCode(error) !== FOREIGN_KEY_VIOLATION) throw error;
  }
  const { numUpdatedRows } = await steps.deactivate();
  return numUpdatedRows > 0n ? 'deactivated' : 'unknown';
}
