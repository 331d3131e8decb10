import { describe, expect, test } from 'vitest';
import { BOT_WEIGHTS, type BotFacts, buildBotScore, countFullestMinute } from './bot-score.ts';

const PERSON: BotFacts = { isBot: false, usersInMinute: 1, clickToStartSeconds: 8, isDatacenter: null };

describe('bot score', () => {
  test.each<[string, Partial<BotFacts>, number, string[]]>([
    ['a person', {}, 0, []],
    ['a declared bot', { isBot: true }, 50, ['bot_declared']],
    ['five of one address', { usersInMinute: 5 }, 0, []],
    ['six of one address', { usersInMinute: 6 }, 30, ['bot_ip_burst']],
    ['a start at 1.999 s', { clickToStartSeconds: 1.999 }, 20, ['bot_fast_start']],
    ['a start at 2 s', { clickToStartSeconds: 2 }, 0, []],
    ['rented servers', { isDatacenter: true }, 20, ['bot_datacenter']],
    ['a network of people', { isDatacenter: false }, 0, []],
    ['a start without a click', { clickToStartSeconds: null }, 0, []],
    [
      'everything',
      { isBot: true, usersInMinute: 9, clickToStartSeconds: 0 },
      100,
      ['bot_declared', 'bot_ip_burst', 'bot_fast_start'],
    ],
  ])('%s', (_name, facts, score, rules) => {
    const result = buildBotScore({ ...PERSON, ...facts }, BOT_WEIGHTS);
    expect(result.score).toBe(score);
    expect(result.reasons.map(({ rule }) => rule)).toEqual(rules);
  });

  test('own weights count, are cut at 100, and 0 switches a rule off', () => {
    const facts = { isBot: true, usersInMinute: 3, clickToStartSeconds: 4, isDatacenter: null };
    const weights = {
      ...BOT_WEIGHTS,
      bot_declared: 90,
      bot_ip_burst: 0,
      burst_users: 2,
      fast_start_seconds: 5,
    };
    expect(buildBotScore(facts, weights)).toEqual({
      score: 100,
      reasons: [
        { rule: 'bot_declared', points: 90 },
        { rule: 'bot_fast_start', points: 20 },
      ],
    });
    expect(buildBotScore({ ...PERSON, isBot: true }, { ...BOT_WEIGHTS, bot_declared: -5 }).score).toBe(0);
  });
});

test.each<[string, number, number[], number]>([
  ['alone', 0, [0], 1],
  ['nobody', 0, [], 0],
  ['a minute before and a minute after are not one minute', 60_000, [0, 60_000, 120_000], 2],
  ['the fullest of several', 50_000, [0, 50_000, 55_000, 58_000, 70_000], 4],
  ['the last of a burst', 59_000, [0, 10_000, 20_000, 59_000, 119_001], 4],
])('the fullest minute: %s', (_name, at, times, count) => {
  expect(countFullestMinute(at, times)).toBe(count);
});
