const ROUNDS = 5;

/**
 * Milliseconds of processor time that `work` costs at its best: the time of this process alone, and the least of five, so
 * that what else the machine does is not in it. `work` is told the round, for what must not be remembered.
 */
export function measureCpuMs(work: (round: number) => void): number {
  const times = Array.from({ length: ROUNDS }, (_, round) => {
    const before = process.cpuUsage();
    work(round);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}
