import { join } from 'node:path';

/** Where the migrations stand, seen from this file. */
export const MIGRATIONS_DIRECTORY = join(import.meta.dirname, '..', '..', 'migrations');
