/** Where progress is told, and whether it is a terminal. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const BAR_WIDTH = 30;
const EVERY_MS = 5000;

/** Tells how far a work is: a bar that moves on a terminal, a line every five seconds in a pipe. */
export function createProgress(
  output: ProgressOutput,
  now: () => number,
  unit = 'rows',
): (done: number, total: number) => void {
  let toldAt = now();
  return (done, total) => {
    const share = total === 0 ? 1 : done / total;
    const text = `${done} of ${total} ${unit} (${Math.floor(share * 100)} %)`;
    if (output.isTTY) {
      const filled = Math.round(share * BAR_WIDTH);
      output.write(
        `\r[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${text}${done >= total ? '\n' : ''}`,
      );
    } else if (done >= total || now() - toldAt >= EVERY_MS) {
      toldAt = now();
      output.write(`${text}\n`);
    }
  };
}
