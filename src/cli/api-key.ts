import { type Command, Option } from 'commander';
import { createApiKey, type Scope } from '../settings/api-keys.ts';
import { CommandRefused, chooseWorkspace } from './choose-workspace.ts';
import { type CliTools, withParts } from './tools.ts';

interface ApiKeyOptions {
  readonly name: string;
  readonly scope: Scope;
  readonly workspace?: string;
  readonly json?: boolean;
}

/** `rastro api-key create`: makes a key and prints it, once. */
export function addApiKeyCommand(program: Command, tools: CliTools): void {
  program
    .command('api-key')
    .description('keys of programs')
    .command('create')
    .description('make an API key; it is printed once and kept nowhere')
    .requiredOption('--name <name>', 'what the key is for')
    .addOption(
      new Option('--scope <scope>', 'what it may do').choices(['read', 'write', 'admin']).default('read'),
    )
    .option('--workspace <id or name>', 'the first workspace if not given')
    .option('--json', 'print it as JSON')
    .action((options: ApiKeyOptions) => createKey(tools, options));
}

function createKey(tools: CliTools, options: ApiKeyOptions): Promise<void> {
  const name = options.name.trim();
  if (name === '' || name.length > 120) throw new CommandRefused('--name takes 1 to 120 characters.');
  return withParts(tools, async ({ database }) => {
    const workspace = await chooseWorkspace(database.db, options.workspace);
    const wish = { workspaceId: workspace.workspace_id, name, scope: options.scope };
    const { keyId, key } = await createApiKey(database.db, wish);
    if (!options.json) {
      tools.print(key);
      return;
    }
    const answer = { key_id: keyId, key, name, scope: options.scope, workspace_id: workspace.workspace_id };
    tools.print(JSON.stringify(answer));
  });
}
