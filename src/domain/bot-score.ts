import { type RiskScore, sumRisk } from './risk-score.ts';

/** Points and thresholds of the bot score unless the workspace has its own; the names are those of its settings. */
export const BOT_WEIGHTS = {
  bot_declared: 50,
  bot_ip_burst: 30,
  bot_fast_start: 20,
  /** Of leads alone: what is known of a click's network counts in its bot verdict. */
  bot_datacenter: 20,
  /** More people than this of one address within a minute are a burst. */
  burst_users: 5,
  /** A start sooner than this after its click is too fast for a hand. */
  fast_start_seconds: 2,
} as const;

/** The numbers that a bot score is worked out with. */
export type BotWeights = { readonly [Name in keyof typeof BOT_WEIGHTS]: number };

/** A rule of the bot score. */
export type BotRule = 'bot_declared' | 'bot_ip_burst' | 'bot_fast_start' | 'bot_datacenter';

/** What the bot score looks at. */
export interface BotFacts {
  /** The click's signs were a program's. */
  readonly isBot: boolean;
  /** People of the same address, this one included, in the fullest minute around the first contact. */
  readonly usersInMinute: number;
  /** Null when no click is known. */
  readonly clickToStartSeconds: number | null;
  /** Null where nobody asked, or nobody knows. */
  readonly isDatacenter: boolean | null;
}

/** How much speaks for a program rather than a person. */
export function buildBotScore(facts: BotFacts, weights: BotWeights): RiskScore<BotRule> {
  const { clickToStartSeconds: seconds } = facts;
  return sumRisk<BotRule>([
    { rule: 'bot_declared', isMet: facts.isBot, points: weights.bot_declared },
    {
      rule: 'bot_ip_burst',
      isMet: facts.usersInMinute > weights.burst_users,
      points: weights.bot_ip_burst,
    },
    {
      rule: 'bot_fast_start',
      isMet: seconds !== null && seconds < weights.fast_start_seconds,
      points: weights.bot_fast_start,
    },
    { rule: 'bot_datacenter', isMet: facts.isDatacenter === true, points: weights.bot_datacenter },
  ]);
}

const MINUTE_MS = 60_000;

/** The most moments that lie in one minute that holds `at` too; times in ms since 1970, `at` among them. */
export function countFullestMinute(at: number, times: readonly number[]): number {
  const starts = times.filter((start) => start <= at && at - start <= MINUTE_MS);
  const counts = starts.map(
    (start) => times.filter((time) => time >= start && time - start <= MINUTE_MS).length,
  );
  return Math.max(0, ...counts);
}
