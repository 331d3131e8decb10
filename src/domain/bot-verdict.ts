import type { BotClass } from './bot-class.ts';

/** Signs that are enough by themselves. */
export type HardSign =
  | 'no_user_agent'
  | 'short_user_agent'
  | 'declared_bot'
  | 'user_agent_shape'
  | 'headless_hint'
  | 'burst';

/** Signs that some people show too: two of them together are enough, one alone is none. */
export type SoftSign = 'no_accept_language' | 'no_fetch_metadata' | 'hints_disagree' | 'datacenter';

/** Why a visitor is taken for a program; the words stand in `clicks.bot_reasons`. */
export type BotReason = HardSign | SoftSign;

/** Whether a visitor is taken for a program, and by which rules. */
export interface BotVerdict {
  readonly isBot: boolean;
  readonly reasons: readonly BotReason[];
  readonly botClass: BotClass | null;
}

const PERSON: BotVerdict = { isBot: false, reasons: [], botClass: null };

const ENOUGH_SOFT_SIGNS = 2;

/** Weighs the signs; `classOf` is asked only of programs. */
export function judgeSigns(
  hard: readonly HardSign[],
  soft: readonly SoftSign[],
  classOf: () => BotClass,
): BotVerdict {
  const isBot = hard.length > 0 || soft.length >= ENOUGH_SOFT_SIGNS;
  return isBot ? { isBot, reasons: [...hard, ...soft], botClass: classOf() } : PERSON;
}
