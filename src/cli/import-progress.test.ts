import { expect, test } from 'vitest';
import { createProgress } from './import-progress.ts';

function tell(isTTY: boolean, moments: readonly (readonly [number, number])[]): string {
  let text = '';
  let at = 0;
  const progress = createProgress(
    {
      isTTY,
      write: (part) => {
        text += part;
      },
    },
    () => at,
  );
  for (const [now, done] of moments) {
    at = now;
    progress(done, 400);
  }
  return text;
}

test('a bar that moves on a terminal', () => {
  expect(
    tell(true, [
      [0, 200],
      [1, 400],
    ]),
  ).toBe(
    `\r[${'#'.repeat(15)}${'.'.repeat(15)}] 200 of 400 rows (50 %)\r[${'#'.repeat(30)}] 400 of 400 rows (100 %)\n`,
  );
});

test('plain lines in a pipe, not more than one every five seconds', () => {
  expect(
    tell(false, [
      [0, 100],
      [4999, 200],
      [5000, 300],
      [5001, 400],
    ]),
  ).toBe('300 of 400 rows (75 %)\n400 of 400 rows (100 %)\n');
});
