import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { LeadTools } from '../leads/lead-tools.ts';
import type { CaptureLog } from '../log/capture-log.ts';
import type { SubjectName } from './read-subject.ts';

/** A click as the hot stores are asked for it. */
export interface HotClick {
  readonly token: string;
  readonly workspaceId: string;
  readonly fbclid: string | null;
}

/** What answering data subjects takes. */
export interface PrivacyTools {
  readonly db: Kysely<Database>;
  readonly leads: Pick<LeadTools, 'vault' | 'hashKey'>;
  readonly log: CaptureLog;
  /** `<DATA_DIR>/archive`. */
  readonly archiveDirectory: string;
  /** Takes clicks out of the hot stores outside the database; never rejects. */
  readonly forgetHot: (clicks: readonly HotClick[]) => Promise<void>;
}

/** A data subject's wish, and who carries it out. */
export interface SubjectRequest {
  readonly workspaceId: string;
  readonly name: SubjectName;
  /** `cli`, `key:<id>`, `user:<id>`. */
  readonly actor: string;
  /** Why, in the operator's own words. */
  readonly reason: string | null;
}
