import { setTimeout as wait } from 'node:timers/promises';

/** A visitor's browser that clicks again and again, and remembers what it was promised. */
export interface ClickLoad {
  /** Tokens of every click that was answered, in no order: what must not be lost. */
  readonly acknowledged: ReadonlySet<string>;
  /** Answers that were no click, by status; connections that broke are not answers. */
  readonly refusals: ReadonlyMap<number, number>;
  stop(): Promise<void>;
}

const TOKEN = /start=([0-9a-f]{32})/;
/** A server that is being killed is asked again after this. */
const PAUSE_AFTER_BREAK_MS = 20;
/** A click that is given up may be captured all the same: only where nobody will ever answer. */
const PATIENCE_MS = 30_000;

/** Between a visitor's clicks where the clicks are not what is to be hurried. */
export const CALM_MS = 15;

/** Clicks with so many visitors at once until stopped; its own counters, not the server's, are the judge. */
export function startClickLoad(url: string, visitors: number, pauseMs = 0): ClickLoad {
  const acknowledged = new Set<string>();
  const refusals = new Map<number, number>();
  const stopping = new AbortController();
  const running = Array.from({ length: visitors }, async (_, visitor) => {
    for (let click = 0; !stopping.signal.aborted; click += 1) {
      await clickOnce({ url, id: `${visitor}-${click}`, acknowledged, refusals }).catch(() =>
        wait(PAUSE_AFTER_BREAK_MS),
      );
      if (pauseMs > 0) await wait(pauseMs);
    }
  });
  return {
    acknowledged,
    refusals,
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

interface Click {
  readonly url: string;
  readonly id: string;
  readonly acknowledged: Set<string>;
  readonly refusals: Map<number, number>;
}

async function clickOnce({ url, id, acknowledged, refusals }: Click): Promise<void> {
  const response = await fetch(`${url}?fbclid=load-${id}&utm_source=chaos`, {
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
    headers: {
      'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1',
    },
  });
  const text = response.headers.get('location') ?? (await response.text());
  const token = TOKEN.exec(text)?.[1];
  if (token) acknowledged.add(token);
  else refusals.set(response.status, (refusals.get(response.status) ?? 0) + 1);
}
