import { describe, expect, test } from 'vitest';
import { buildEdgePool, buildPoolBot } from '../../test/fixtures/edge-pool.ts';
import { BotChoice } from './bot-choice.ts';

const bots = (...weights: number[]) =>
  weights.map((weight, index) => buildPoolBot({ botId: `b${index}`, username: `bot_${index}`, weight }));

function draw(choice: BotChoice, pool: ReturnType<typeof buildEdgePool>, times: number): string {
  return Array.from({ length: times }, () => choice.choose(pool)?.botId.slice(1) ?? '-').join('');
}

describe('choice of the bot', () => {
  test.each([
    [[1, 1], 'weighted', '0101'],
    [[3, 1], 'weighted', '00100010'],
    [[5, 1, 1], 'weighted', '00102000010200'],
    [[5, 1, 1], 'round_robin', '012012'],
    [[0, 1], 'weighted', '11'],
    [[0, 7], 'round_robin', '11'],
    [[0], 'weighted', '-'],
    [[], 'weighted', '-'],
  ] as const)('weights %j, %s', (weights, strategy, expected) => {
    const pool = buildEdgePool({ bots: bots(...weights), strategy });
    expect(draw(new BotChoice(), pool, expected.length)).toBe(expected);
  });

  test('shares are exact after each round, whatever the weights', () => {
    const weights = [7000, 2500, 499, 1];
    const choice = new BotChoice();
    const pool = buildEdgePool({ bots: bots(...weights) });
    const counts = [0, 0, 0, 0];
    for (let click = 0; click < 20_000; click += 1) {
      const index = Number(choice.choose(pool)?.botId.slice(1));
      counts[index] = (counts[index] ?? 0) + 1;
    }
    expect(counts).toEqual([14_000, 5000, 998, 2]);
  });

  test('a disabled bot gets nothing', () => {
    const pool = buildEdgePool({
      bots: [buildPoolBot({ botId: 'b0', isEnabled: false }), buildPoolBot({ botId: 'b1' })],
    });
    expect(draw(new BotChoice(), pool, 3)).toBe('111');
  });

  test('the round goes on when settings are read again, and begins anew when the bots change', () => {
    const choice = new BotChoice();
    const pool = buildEdgePool({ bots: bots(3, 1) });
    expect(draw(choice, pool, 2)).toBe('00');
    expect(draw(choice, { ...pool, name: 'renamed' }, 2)).toBe('10');
    expect(draw(choice, { ...pool, bots: bots(1, 1) }, 2)).toBe('01');
  });

  test('peeking takes no turn', () => {
    const choice = new BotChoice();
    const pool = buildEdgePool({ bots: bots(1, 1) });
    expect([choice.peek(pool)?.botId, choice.peek(pool)?.botId]).toEqual(['b0', 'b0']);
    expect(draw(choice, pool, 2)).toBe('01');
  });

  test('pools do not share turns', () => {
    const choice = new BotChoice();
    const one = buildEdgePool({ bots: bots(1, 1) });
    const other = buildEdgePool({ poolId: 'other', bots: bots(1, 1) });
    expect(draw(choice, one, 1) + draw(choice, other, 1)).toBe('00');
  });
});
