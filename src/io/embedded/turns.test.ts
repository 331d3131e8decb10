import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

const patient = { idleHolderMs: 10_000, overloadMs: 10_000 };

describe('turns', () => {
  it('are given one at a time, first come, first served', async () => {
    const turns = new Turns(patient);
    const order: string[] = [];
    const use = async (name: string): Promise<void> => {
      const seat = {};
      expect(await turns.take(seat)).toBe('granted');
      order.push(`${name} in`);
      await sleep(5);
      order.push(`${name} out`);
      turns.leave(seat);
    };
    await Promise.all(['a', 'b', 'c'].map(use));
    expect(order).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  it('are kept by a seat that takes its own again', async () => {
    const turns = new Turns(patient);
    const [a, b] = [{}, {}];
    await turns.take(a);
    const waiting = turns.take(b);
    expect(await turns.take(a)).toBe('granted');
    expect(turns.has(b)).toBe(false);
    turns.leave(a);
    expect(await waiting).toBe('granted');
    expect(turns.has(b)).toBe(true);
  });

  it('are refused while an idle holder keeps theirs', async () => {
    const turns = new Turns({ idleHolderMs: 60, overloadMs: 10_000 });
    const [holder, other] = [{}, {}];
    await turns.take(holder);
    turns.idle(holder);
    expect(await turns.take(other)).toBe('holder-is-idle');
    turns.leave(holder);
    expect(await turns.take(other)).toBe('granted');
  });

  it('are not refused while the holder works, until it takes too long in all', async () => {
    const turns = new Turns({ idleHolderMs: 40, overloadMs: 150 });
    const startedAt = performance.now();
    await turns.take({});
    expect(await turns.take({})).toBe('overloaded');
    expect(performance.now() - startedAt).toBeGreaterThan(140);
  });

  it('go past one that left while it waited', async () => {
    const turns = new Turns(patient);
    const [a, b, c] = [{}, {}, {}];
    await turns.take(a);
    const second = turns.take(b);
    const third = turns.take(c);
    turns.leave(b);
    expect(await second).toBe('left');
    turns.leave(a);
    expect(await third).toBe('granted');
  });

  it('end for all', async () => {
    const turns = new Turns(patient);
    await turns.take({});
    const waiting = turns.take({});
    turns.end();
    expect(await waiting).toBe('left');
    expect(await turns.take({})).toBe('left');
  });
});
