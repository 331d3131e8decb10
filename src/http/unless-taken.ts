import { databaseErrorCode, UNIQUE_VIOLATION } from '../settings/paging.ts';

/** What saving answers, or `taken` when a value that must be unique is taken. */
export async function unlessTaken<T>(save: () => Promise<T>): Promise<T | 'taken'> {
  try {
    return await save();
  } catch (error) {
    if (databaseErrorCode(error) === UNIQUE_VIOLATION) return 'taken';
    throw error;
  }
}
