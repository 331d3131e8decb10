import type { Kysely } from 'kysely';
import { buildId } from '../domain/ids.ts';
import { buildStorableText } from '../domain/storable-text.ts';
import type { Database } from '../io/database.gen.ts';

const REASON_LIMIT = 500;
const ROWS_A_STATEMENT = 1000;

/** One look at, or use of, what belongs to a person. */
export interface Access {
  readonly workspaceId: string;
  /** Who: `key:<id>`, `user:<id>`, `cli`. */
  readonly actor: string;
  readonly action: 'read' | 'export' | 'erase' | 'import';
  readonly subjectKind: 'lead' | 'bot_user' | 'payment' | 'export';
  /** The lead's or the other subject's id. */
  readonly subjectId: string;
  /** The fields that were shown. */
  readonly fields: readonly string[];
  /** Why, in the reader's own words. */
  readonly reason: string | null;
}

/** Records accesses to personal data, before the data are given out. */
export async function recordAccess(db: Kysely<Database>, accesses: readonly Access[]): Promise<void> {
  for (let start = 0; start < accesses.length; start += ROWS_A_STATEMENT) {
    const rows = accesses.slice(start, start + ROWS_A_STATEMENT).map((access) => ({
      access_id: buildId(),
      workspace_id: access.workspaceId,
      lead_id: access.subjectKind === 'lead' ? access.subjectId : null,
      subject_kind: access.subjectKind,
      subject_id: access.subjectId,
      actor: access.actor,
      action: access.action,
      reason: access.reason === null ? null : buildStorableText(access.reason, REASON_LIMIT),
      fields: [...access.fields],
    }));
    await db.insertInto('lead_access_log').values(rows).execute();
  }
}
