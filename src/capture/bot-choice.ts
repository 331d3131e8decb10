import type { EdgePool, PoolBot } from '../settings/types.ts';

interface Turn {
  readonly bot: PoolBot;
  readonly weight: number;
  score: number;
}

interface PoolTurns {
  readonly pool: EdgePool;
  readonly turns: Turn[];
  readonly totalWeight: number;
}

/**
 * Whose turn it is in each pool. Smooth weighted round robin: after every `sum of weights` clicks each bot has had
 * exactly its weight, evenly spread; round robin is the same with equal weights. Kept in memory, so a restart
 * begins a new round.
 */
export class BotChoice {
  readonly #pools = new Map<string, PoolTurns>();

  /** The bot of the next click, null if no bot is enabled; the turn passes on. */
  choose(pool: EdgePool): PoolBot | null {
    const { turns, totalWeight } = this.#turnsOf(pool);
    const next = nextTurn(turns);
    if (next === null) return null;
    for (const turn of turns) turn.score += turn.weight;
    next.score -= totalWeight;
    return next.bot;
  }

  /** The bot that `choose` would give, without passing the turn: visits that do not count must not shift the shares. */
  peek(pool: EdgePool): PoolBot | null {
    return nextTurn(this.#turnsOf(pool).turns)?.bot ?? null;
  }

  #turnsOf(pool: EdgePool): PoolTurns {
    const known = this.#pools.get(pool.poolId);
    if (known?.pool === pool) return known;
    const fresh = buildTurns(pool);
    if (known && isSameRound(known, fresh)) copyScores(known.turns, fresh.turns);
    this.#pools.set(pool.poolId, fresh);
    return fresh;
  }
}

function buildTurns(pool: EdgePool): PoolTurns {
  const isWeighted = pool.strategy === 'weighted';
  const turns = pool.bots
    .filter((bot) => bot.isEnabled && bot.weight > 0)
    .map((bot) => ({ bot, weight: isWeighted ? bot.weight : 1, score: 0 }));
  return { pool, turns, totalWeight: turns.reduce((sum, turn) => sum + turn.weight, 0) };
}

function isSameRound(known: PoolTurns, fresh: PoolTurns): boolean {
  return (
    known.turns.length === fresh.turns.length &&
    fresh.turns.every((turn, index) => {
      const before = known.turns[index];
      return before?.bot.botId === turn.bot.botId && before.weight === turn.weight;
    })
  );
}

function copyScores(from: readonly Turn[], to: readonly Turn[]): void {
  for (const [index, turn] of to.entries()) turn.score = from[index]?.score ?? 0;
}

function nextTurn(turns: readonly Turn[]): Turn | null {
  let next: Turn | null = null;
  for (const turn of turns) {
    if (next === null || turn.score + turn.weight > next.score + next.weight) next = turn;
  }
  return next;
}
