import { expect, test } from 'vitest';
import type { CallEnd } from './call-telegram.ts';
import { LaneTrouble } from './lane-trouble.ts';

const sent: CallEnd = { kind: 'sent', messageId: 1, fileId: null };
const end = (kind: 'unknown' | 'again' | 'refused' | 'unauthorized' | 'blocked'): CallEnd => ({
  kind,
  detail: kind,
});

test('silence slows a lane down until somebody answers', () => {
  const trouble = new LaneTrouble(30_000);
  const pauses = [end('unknown'), end('unknown'), end('unknown'), end('unknown'), sent].map((one) => {
    expect(trouble.note('a', one)).toBeNull();
    return trouble.pauseMs;
  });
  expect(pauses).toEqual([0, 0, 30_000, 30_000, 0]);
  for (let calls = 0; calls < 3; calls += 1) trouble.note('a', end('again'));
  expect(trouble.pauseMs).toBe(5_000);
});

test('a message that is refused again and again pauses its broadcast, one person’s trouble does not', () => {
  const trouble = new LaneTrouble(30_000);
  const note = (broadcast: string, ...ends: CallEnd[]) =>
    ends.map((one) => trouble.note(broadcast, one) !== null);
  expect(
    note('a', end('refused'), end('refused'), sent, end('refused'), end('blocked'), end('refused')),
  ).toEqual([false, false, false, false, false, false]);
  expect(note('b', end('refused'))).toEqual([false]);
  expect(note('a', end('refused'))).toEqual([true]);
  expect(note('b', end('unauthorized'))).toEqual([true]);
});
