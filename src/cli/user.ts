import { type Command, Option } from 'commander';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../io/database.gen.ts';
import { deriveKey } from '../parts.ts';
import { buildPassword } from '../settings/first-start.ts';
import {
  findPersonId,
  type Role,
  readEmail,
  saveMembership,
  savePassword,
  savePerson,
} from '../settings/people.ts';
import { MAX_PASSWORD, MIN_PASSWORD, openSignIn } from '../settings/sign-in.ts';
import { CommandRefused, chooseWorkspace } from './choose-workspace.ts';
import { type CliParts, type CliTools, withParts } from './tools.ts';

interface UserOptions {
  readonly email: string;
  readonly name?: string;
  readonly password?: string;
  readonly workspace?: string;
  readonly role: Role;
  readonly json?: boolean;
}

/** `rastro user create`: makes a person who can sign in, or gives one another workspace, role or password. */
export function addUserCommand(program: Command, tools: CliTools): void {
  program
    .command('user')
    .description('people who sign in')
    .command('create')
    .description(
      'make a person; for one who exists: add the workspace and role, and change the password if given',
    )
    .requiredOption('--email <email>', 'whom it is for')
    .option('--name <name>', 'as shown on the screens')
    .option('--password <password>', 'made and printed once if not given')
    .option('--workspace <id or name>', 'the first workspace if not given')
    .addOption(new Option('--role <role>', 'what they may do').choices(['owner', 'member']).default('owner'))
    .option('--json', 'print it as JSON')
    .action((options: UserOptions) => {
      checkOptions(options);
      return withParts(tools, (parts) => createUser(tools, parts, options));
    });
}

function checkOptions({ email, password }: UserOptions): void {
  if (!z.email().safeParse(readEmail(email)).success)
    throw new CommandRefused('--email is no e-mail address.');
  const length = password?.length ?? MIN_PASSWORD;
  if (length >= MIN_PASSWORD && length <= MAX_PASSWORD) return;
  throw new CommandRefused(`--password takes ${MIN_PASSWORD} to ${MAX_PASSWORD} characters.`);
}

async function createUser(tools: CliTools, parts: CliParts, options: UserOptions): Promise<void> {
  const { config, database, logger } = parts;
  const { workspace_id: workspaceId } = await chooseWorkspace(database.db, options.workspace);
  const signIn = openSignIn({
    db: database.db,
    secret: deriveKey(config, 'sessions'),
    publicUrl: config.publicUrl,
    logger,
  });
  const generated = options.password === undefined ? buildPassword() : null;
  const passwordHash = await signIn.hashPassword(options.password ?? generated ?? '');
  const saved = await database.db.transaction().execute(async (trx) => {
    const person = await findOrSave(trx, options, passwordHash);
    await saveMembership(trx, { workspaceId, userId: person.userId, role: options.role });
    return person;
  });
  printUser(tools, options, { ...saved, workspaceId, password: saved.isNew ? generated : null });
}

interface SavedPerson {
  readonly userId: string;
  readonly isNew: boolean;
}

async function findOrSave(
  db: Kysely<Database>,
  options: UserOptions,
  passwordHash: string,
): Promise<SavedPerson> {
  const userId = await findPersonId(db, options.email);
  if (userId === undefined) {
    const name = options.name ?? readEmail(options.email).split('@')[0] ?? 'User';
    return { userId: await savePerson(db, { email: options.email, name, passwordHash }), isNew: true };
  }
  if (options.password !== undefined) await savePassword(db, { userId, passwordHash });
  return { userId, isNew: false };
}

function printUser(
  tools: CliTools,
  options: UserOptions,
  saved: SavedPerson & { readonly workspaceId: string; readonly password: string | null },
): void {
  const email = readEmail(options.email);
  if (options.json) {
    const { userId, workspaceId, password, isNew } = saved;
    const answer = { user_id: userId, email, role: options.role, workspace_id: workspaceId, is_new: isNew };
    tools.print(JSON.stringify(password === null ? answer : { ...answer, password }));
    return;
  }
  tools.print(
    saved.isNew ? `${email} can sign in now.` : `${email} was there already; the role is ${options.role}.`,
  );
  if (saved.password !== null) tools.print(`Password (shown this once): ${saved.password}`);
}
