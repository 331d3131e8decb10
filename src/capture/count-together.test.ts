import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { countTogether } from './count-together.ts';
import type { LimitReport } from './limit-exchange.ts';
import { RateLimit } from './rate-limit.ts';

const HOUR = 3_600_000;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** So many processes that tell each other, each with two limits of its own. */
function openProcesses(count: number) {
  const listeners: ((report: LimitReport) => void)[] = [];
  let told = 0;
  const processes = Array.from({ length: count }, (_, own) => {
    const limits = {
      one: new RateLimit({ windowMs: HOUR, reports: true }),
      two: new RateLimit({ windowMs: HOUR, reports: true }),
    };
    const exchange = {
      tell: (report: LimitReport) => {
        told += 1;
        for (const [other, listen] of listeners.entries()) if (other !== own) listen(report);
      },
      listen: (listener: (report: LimitReport) => void) => listeners.push(listener),
    };
    countTogether(limits, { exchange, clock: Date });
    return limits;
  });
  return { processes, told: () => told };
}

const take = (limit: RateLimit | undefined) => limit?.take('a', { limit: 2, at: Date.now() }).kind;

test('what one process has let in is counted by all others, each limit by itself', () => {
  const { processes } = openProcesses(3);
  expect([take(processes[0]?.one), take(processes[1]?.one)]).toEqual(['allowed', 'allowed']);
  vi.advanceTimersByTime(250);
  for (const { one, two } of processes) {
    expect(take(one)).toBe('refused');
    expect(take(two)).toBe('allowed');
  }
});

test('nothing is told while nothing is counted, and nothing twice', () => {
  const { processes, told } = openProcesses(2);
  vi.advanceTimersByTime(1000);
  expect(told()).toBe(0);
  take(processes[0]?.one);
  vi.advanceTimersByTime(2000);
  expect(told()).toBe(1);
  expect([take(processes[1]?.one), take(processes[1]?.one)]).toEqual(['allowed', 'refused']);
});
