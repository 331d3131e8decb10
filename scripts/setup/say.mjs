import { fileURLToPath } from 'node:url';

/** The project's folder, whatever the current directory is. */
export const PROJECT_DIR = fileURLToPath(new URL('../../', import.meta.url));

/** A set-up step that cannot go on; its message tells the person what to do. */
export class SetupError extends Error {}

/** One line to standard error; standard output belongs to the command that follows. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Shows that a long step is alive: a line that counts on a terminal, a plain line every 15 s in a pipe. Call the answer to end it. */
export function showProgress(label) {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const onTerminal = process.stderr.isTTY === true;
  if (!onTerminal) say(`${label} …`);
  const timer = setInterval(
    () =>
      onTerminal ? process.stderr.write(`\r${label} … ${seconds()} s`) : say(`${label} … ${seconds()} s`),
    onTerminal ? 250 : 15_000,
  );
  return (outcome) => {
    clearInterval(timer);
    say(`${onTerminal ? '\r' : ''}${label}: ${outcome} (${seconds()} s)`);
  };
}
