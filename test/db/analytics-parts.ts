import type { Kysely } from 'kysely';
import type { Database } from '../../src/io/database.gen.ts';
import type { OpenTestDatabase } from '../support/database.ts';

/** Whose rows are put in. */
export interface Parts {
  readonly database: OpenTestDatabase;
  readonly db: Kysely<Database>;
  readonly workspaceId: string;
  readonly domainId: string;
  readonly poolId: string;
}

/** What a link carried. */
export interface Utm {
  readonly source?: string;
  readonly campaign?: string;
  readonly id?: string;
}

/** The columns of it. */
export const utmOf = ({ source, campaign, id }: Utm) => ({
  utm_source: source ?? null,
  utm_campaign: campaign ?? null,
  utm_id: id ?? null,
});
