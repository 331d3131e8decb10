import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Which processor cores the measured program and the load generator get; null = wherever the kernel puts them. */
export interface Placement {
  readonly program: string | null;
  readonly load: string | null;
}

const canPin = existsSync('/usr/bin/taskset') && existsSync('/proc/self/status');

/** One core for a program of one process, another for the load. */
export function placeApart(): Placement {
  const cores = listCores();
  const [first, second] = cores;
  if (first === undefined || second === undefined) return { program: null, load: null };
  return { program: first, load: second };
}

/** Two cores for the program with all its processes and its database; the load beside them if there are more. */
export function placeTogether(): Placement {
  const cores = listCores();
  if (cores.length < 3) return { program: null, load: null };
  return { program: cores.slice(0, 2).join(','), load: cores.slice(2).join(',') };
}

/** Moves a running process with all its threads; what it starts from now on stays there too. */
export function pin(pid: number, cores: string | null): void {
  if (cores !== null) spawnSync('/usr/bin/taskset', ['-acp', cores, String(pid)], { stdio: 'ignore' });
}

/** How a child process is to be started so that it stays on these cores, with flags of Node's. */
export function pinnedExecution(
  cores: string | null,
  flags: readonly string[] = [],
): { execPath?: string; execArgv: string[] } {
  if (cores === null) return { execArgv: [...flags] };
  return { execPath: '/usr/bin/taskset', execArgv: ['-c', cores, process.execPath, ...flags] };
}

function listCores(): string[] {
  if (!canPin) return [];
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return allowed.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
  });
}
