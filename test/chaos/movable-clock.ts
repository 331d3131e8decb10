import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFaketime } from '../support/installed-programs.ts';

/** The system clock of one server and all its processes, which can be set while they run. */
export interface MovableClock {
  /** What a process that has this clock is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets it so many seconds ahead of the real one, or behind it if negative; at once. */
  set(seconds: number): void;
  remove(): void;
}

/** Makes a clock that is right at first; timers go on as ever, as they do where a clock is set. Linux only. */
export function makeMovableClock(): MovableClock {
  const library = findFaketime();
  if (library === undefined) throw new Error('libfaketime is not installed (npm test installs it)');
  const folder = mkdtempSync(join(tmpdir(), 'rastro-clock-'));
  const file = join(folder, 'offset');
  const set = (seconds: number): void => {
    // Read at every look at the clock: it must never be half written.
    writeFileSync(`${file}.next`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}s\n`);
    renameSync(`${file}.next`, file);
  };
  set(0);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    set,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
