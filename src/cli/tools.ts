import type { Config } from '../config.ts';
import type { DatabaseHandle } from '../io/database.ts';
import type { Logger } from '../io/logger.ts';
import type { Vault } from '../io/vault.ts';

/** What a command opens: the database of a running server, or the embedded one itself if none runs. */
export interface CliParts {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: DatabaseHandle;
  readonly vault: Vault;
}

/** What every command gets. */
export interface CliTools {
  open(): Promise<CliParts>;
  /** One line, or several, on standard output. */
  print(text: string): void;
}

/** Opens the parts for one command and closes the database after it, also when it fails. */
export async function withParts(tools: CliTools, work: (parts: CliParts) => Promise<void>): Promise<void> {
  const parts = await tools.open();
  try {
    await work(parts);
  } finally {
    await parts.database.close();
  }
}
