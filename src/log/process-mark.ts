import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names one process beyond its number, which the system gives again to another. */
export interface ProcessMark {
  readonly pid: number;
  readonly host: string;
  /** The boot and the process-number space in which `pid` means something; null where the system does not say. */
  readonly space: string | null;
  /** When the process started, in the system's ticks since boot; null where the system does not say. */
  readonly started: string | null;
}

/** The mark of the running process. */
export function thisProcess(): ProcessMark {
  return { pid: process.pid, host: hostname(), space: processSpace(), started: startOf(process.pid) };
}

/** Whether the marked process lives; `unknown` if it belongs to another host, container or boot. */
export function isAlive(mark: ProcessMark): 'yes' | 'no' | 'unknown' {
  if (mark.space !== null && mark.space === processSpace()) {
    return startOf(mark.pid) === mark.started ? 'yes' : 'no';
  }
  if (mark.space === null && mark.host === hostname() && !hasProcess(mark.pid)) return 'no';
  return 'unknown';
}

function processSpace(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

function startOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name and may hold spaces and brackets; the 22nd is the start.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const isZombie = fields[0] === 'Z';
    return isZombie ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
