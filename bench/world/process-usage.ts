import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_A_SECOND = 100;
const PAGE_BYTES = readPageBytes();

/** What a process and those that it started have used. */
export interface ProcessUsage {
  readonly pid: number;
  /** The file that Node runs, or the program. */
  readonly name: string;
  /** Processor time since it began, its ended children's too, µs. */
  readonly cpuMicros: number;
  /** Memory in RAM, its part of what is shared counted whole, bytes. */
  readonly residentBytes: number;
}

/** A process and all that descend from it; empty where the system does not tell (it takes Linux). */
export function readUsage(pid: number): ProcessUsage[] {
  try {
    const own = readOne(pid);
    return [own, ...listChildren(pid).flatMap(readUsage)];
  } catch {
    // It has just ended, or there is no /proc.
    return [];
  }
}

/** Processor time of them all, µs. */
export const sumCpu = (usage: readonly ProcessUsage[]): number =>
  usage.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0);

/** Memory of them all, bytes. */
export const sumResident = (usage: readonly ProcessUsage[]): number =>
  usage.reduce((sum, { residentBytes }) => sum + residentBytes, 0);

function readOne(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The program's name stands in brackets and may hold anything; the fields are counted from behind it.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
  return {
    pid,
    name: readName(pid),
    cpuMicros: ((user + system + childUser + childSystem) * 1_000_000) / TICKS_A_SECOND,
    residentBytes: (fields[21] ?? 0) * PAGE_BYTES,
  };
}

function readName(pid: number): string {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const file = words.find((word) => word.endsWith('.ts')) ?? words[0] ?? '';
  return file.slice(file.lastIndexOf('/') + 1);
}

function listChildren(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

function readPageBytes(): number {
  try {
    return Number(execFileSync('getconf', ['PAGESIZE']));
  } catch {
    return 4096;
  }
}
