import type { Engine } from './engine.ts';
import type { Turns } from './turns.ts';

/** Milliseconds between two rounds of each kind of upkeep. */
export type UpkeepIntervals = { checkpointMs: number; vacuumMs: number };

// What autovacuum goes by, and long before the 2 billion transactions after which PostgreSQL stops.
const needing = `
  select format('%I.%I', s.schemaname, s.relname),
    s.n_dead_tup > 50 + 0.2 * s.n_live_tup or s.n_ins_since_vacuum > 1000 + 0.2 * s.n_live_tup
      or age(c.relfrozenxid) > 100000000,
    s.n_mod_since_analyze > 50 + 0.1 * s.n_live_tup and s.schemaname <> 'pg_toast'
  from pg_stat_all_tables s join pg_class c on c.oid = s.relid
  where c.relkind in ('r', 'm', 't')`;

/**
 * Does what PostgreSQL's background processes would: none of them runs inside PGlite, so the write-ahead log
 * would grow for ever and dead rows would never be reused. Returns what stops it.
 */
export function startUpkeep(engine: Engine, turns: Turns, intervals: UpkeepIntervals): () => void {
  const checkpoints = new Checkpoints(engine);
  const timers = [
    setInterval(() => void inTurn(turns, () => checkpoints.write()), intervals.checkpointMs),
    setInterval(() => void vacuum(engine, turns), intervals.vacuumMs),
  ];
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

class Checkpoints {
  readonly #engine: Engine;
  #last = '';

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  write(): void {
    if (this.#position() === this.#last) return;
    this.#engine.run('checkpoint');
    this.#last = this.#position();
  }

  #position(): string {
    return this.#engine.run('select pg_current_wal_insert_lsn()')[0]?.[0] ?? '';
  }
}

// A turn for each table: whoever waits for the engine waits for one table at most.
async function vacuum(engine: Engine, turns: Turns): Promise<void> {
  let tables: (string | null)[][] = [];
  await inTurn(turns, () => {
    tables = engine.run(needing);
  });
  for (const [table, dead, changed] of tables) {
    if (dead === 't')
      await inTurn(turns, () => engine.run(`vacuum ${changed === 't' ? '(analyze)' : ''} ${table}`));
    else if (changed === 't') await inTurn(turns, () => engine.run(`analyze ${table}`));
  }
}

async function inTurn(turns: Turns, work: () => unknown): Promise<void> {
  const seat = {};
  if ((await turns.take(seat)) !== 'granted') return;
  try {
    work();
  } catch {
    // A table that is gone by now, or a full disk: the next round tries again, and clients see a full disk themselves.
  } finally {
    turns.leave(seat);
  }
}
