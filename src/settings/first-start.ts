import { randomInt } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { adoptApiKey } from './api-keys.ts';
import { hasPeople, saveMembership, savePerson } from './people.ts';
import type { SignIn } from './sign-in.ts';
import { findRootWorkspace, saveWorkspace, type WorkspaceRow } from './workspaces.ts';

/** The owner's way in, to be printed once; nobody can read the password again. */
export interface OwnerCredentials {
  readonly email: string;
  readonly password: string;
}

/** What a start found or made. */
export interface FirstStart {
  readonly workspaceId: string;
  /** Null when there already were people. */
  readonly owner: OwnerCredentials | null;
}

/** Names of what the first start makes. */
export interface FirstStartOptions {
  readonly db: Kysely<Database>;
  readonly signIn: SignIn;
  readonly adminEmail: string | null;
  readonly adminPassword: string | null;
  readonly bootstrapApiKey: string | null;
}

const WORKSPACE_NAME = 'Minha empresa';
const DEFAULT_EMAIL = 'admin@rastro.local';
/** Any number: all starts of all processes take the same lock. */
const START_LOCK = 7_214_508;

/** Makes the first workspace, its owner and the key of BOOTSTRAP_API_KEY, as far as they are not there. */
export async function prepareFirstStart(options: FirstStartOptions): Promise<FirstStart> {
  const password = options.adminPassword ?? buildPassword();
  const owner = { email: options.adminEmail ?? DEFAULT_EMAIL, password };
  const passwordHash = await options.signIn.hashPassword(password);
  return options.db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(START_LOCK)})`.execute(trx);
    const { workspace_id: workspaceId } = await findOrMakeRoot(trx);
    const isFirst = !(await hasPeople(trx));
    if (isFirst) {
      const userId = await savePerson(trx, { email: owner.email, name: 'Admin', passwordHash });
      await saveMembership(trx, { workspaceId, userId, role: 'owner' });
    }
    await saveBootstrapKey(trx, workspaceId, options.bootstrapApiKey);
    return { workspaceId, owner: isFirst ? owner : null };
  });
}

async function findOrMakeRoot(db: Kysely<Database>): Promise<WorkspaceRow> {
  return (await findRootWorkspace(db)) ?? (await saveWorkspace(db, { name: WORKSPACE_NAME, is_root: true }));
}

async function saveBootstrapKey(
  db: Kysely<Database>,
  workspaceId: string,
  key: string | null,
): Promise<void> {
  if (key === null) return;
  await adoptApiKey(db, { workspaceId, name: 'BOOTSTRAP_API_KEY', scope: 'admin', key });
}

/** Without the letters and digits that people take for each other. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

/** A password of 20 characters (100 bits) in four groups, fit to be copied by hand. */
export function buildPassword(): string {
  const group = () => Array.from({ length: 5 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}
