import type { Kysely } from 'kysely';
import { isId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import {
  findRootWorkspace,
  findWorkspace,
  findWorkspaceByName,
  type WorkspaceRow,
} from '../settings/workspaces.ts';

/** What the operator can mend: told in one line, without a stack. */
export class CommandRefused extends Error {}

/** The workspace of an id or a name; the first one if none is given. Throws CommandRefused if there is none. */
export async function chooseWorkspace(
  db: Kysely<Database>,
  named: string | undefined,
): Promise<WorkspaceRow> {
  const found = named === undefined ? await findRootWorkspace(db) : await findNamed(db, named);
  if (found) return found;
  throw new CommandRefused(
    named === undefined
      ? 'There is no workspace yet. Start the server once: npm start'
      : `There is no workspace "${named}". Give its name or its id.`,
  );
}

async function findNamed(db: Kysely<Database>, named: string): Promise<WorkspaceRow | undefined> {
  const byName = await findWorkspaceByName(db, named);
  return byName ?? (isId(named) ? findWorkspace(db, named) : undefined);
}
