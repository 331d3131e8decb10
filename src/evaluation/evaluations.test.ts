import { expect, test } from 'vitest';
import { evaluateBots } from './evaluate-bots.ts';
import { evaluateUserAgents } from './evaluate-user-agents.ts';

test('programs are told from people as well as the docs say', () => {
  for (const { recall, precision, true_negatives } of evaluateBots()) {
    expect(recall).toBeGreaterThanOrEqual(0.95);
    expect(precision).toBeGreaterThanOrEqual(0.99);
    expect(true_negatives).toBeGreaterThan(300);
  }
});

test('devices, systems and apps are read as well as the docs say', () => {
  const shares = Object.fromEntries(evaluateUserAgents().map(({ name, share }) => [name, share ?? 0]));
  expect(shares['phone, tablet or computer']).toBeGreaterThanOrEqual(0.99);
  expect(shares.system).toBeGreaterThanOrEqual(0.95);
  expect(shares.app).toBe(1);
  expect(shares['device in an app']).toBe(1);
  expect(shares['system and version in an app']).toBe(1);
});
