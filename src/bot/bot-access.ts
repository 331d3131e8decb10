import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';
import { catchUp } from '../settings/catch-up.ts';
import type { Registry } from '../settings/types.ts';
import type { TelegramAccess } from './telegram-api.ts';

/** How the bot room reaches the bots and reads what it sealed. */
export interface BotAccess {
  readonly registry: Registry;
  readonly vault: Vault;
  /** Undefined for a bot that was removed or switched off. */
  readonly accessOf: (botId: string) => TelegramAccess | undefined;
}

/** The access of a bot that somebody waits for; a bot may be newer than this process's copy of the settings. Rejects if the database is away. */
export async function findAccess(
  { db, registry, accessOf }: BotAccess & { readonly db: Kysely<Database> },
  botId: string,
): Promise<TelegramAccess | undefined> {
  const known = accessOf(botId);
  if (known) return known;
  await catchUp(db, registry);
  return accessOf(botId);
}

/** Base URLs of the real Bot API and of the built-in simulator (null where there is none). */
export interface TelegramBases {
  readonly telegram: string;
  readonly simulator: string | null;
}

/** Builds the access of the registered bots; a simulated bot never reaches the real Telegram. */
export function buildBotAccess(options: {
  readonly registry: Registry;
  readonly vault: Vault;
  readonly bases: TelegramBases;
}): BotAccess {
  const { registry, vault, bases } = options;
  return {
    registry,
    vault,
    accessOf: (botId) => {
      const bot = registry.bot(botId);
      if (!bot?.isActive) return undefined;
      const apiBase = bot.isSimulated ? bases.simulator : bases.telegram;
      return apiBase === null ? undefined : { token: bot.token, apiBase };
    },
  };
}
