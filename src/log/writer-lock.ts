import { randomUUID } from 'node:crypto';
import { link, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, type ProcessMark, thisProcess } from './process-mark.ts';
import { isMissing, namesIn } from './segments.ts';

/** The right to write in one directory. */
export interface WriterLock {
  release(): Promise<void>;
}

/**
 * Lock files are `lock.<generation>`, and the highest generation counts. One that is stale is never replaced:
 * the next generation is created beside it, which only one process can do, so two that find the same stale lock
 * cannot both get it. The last file stays behind, marked free, so that generations never start again.
 */
interface Held {
  readonly generation: number;
  readonly path: string;
  readonly mark: ProcessMark | null;
}

const LOCK_NAME = /^lock\.(\d+)$/;
const HEARTBEAT_MS = 5000;
/** A holder that cannot be asked (another host or container) counts as gone after this long without a heartbeat. */
const SILENT_MS = 20_000;
const POLL_MS = 500;

/** Takes the directory's lock. Throws if another writer lives; waits up to 20 s for a holder that cannot be asked. */
export async function lockWriter(directory: string): Promise<WriterLock> {
  for (;;) {
    const held = await highest(directory);
    if (held?.mark) await waitUntilGone(directory, held);
    const generation = (held?.generation ?? 0) + 1;
    if (!(await create(directory, generation))) continue;
    const newest = await highest(directory);
    if (newest?.generation !== generation) {
      await remove(lockPath(directory, generation));
      continue;
    }
    if (held) await removeUpTo(directory, held.generation);
    return keep(newest.path);
  }
}

async function waitUntilGone(directory: string, held: Held): Promise<void> {
  const mark = held.mark as ProcessMark;
  const alive = isAlive(mark);
  if (alive === 'no') return;
  const seen = await heartbeatOf(held.path);
  for (;;) {
    const beat = await heartbeatOf(held.path);
    if (alive === 'yes' || beat > seen) {
      throw new Error(
        `The capture log ${directory} is being written by process ${mark.pid} on ${mark.host}. ` +
          'Stop that one first, or give this one another DATA_DIR.',
      );
    }
    if (Date.now() - beat > SILENT_MS) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function create(directory: string, generation: number): Promise<boolean> {
  const draft = join(directory, `lock-${randomUUID()}.draft`);
  await writeFile(draft, JSON.stringify(thisProcess()), { mode: 0o600 });
  try {
    // A link appears with its whole content or not at all, and fails if the name is taken.
    await link(draft, lockPath(directory, generation));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await remove(draft);
  }
}

function keep(path: string): WriterLock {
  const beat = () => {
    const now = new Date();
    // A heartbeat that fails is only a missing one.
    utimes(path, now, now).catch(() => undefined);
  };
  const timer = setInterval(beat, HEARTBEAT_MS).unref();
  return {
    release: async () => {
      clearInterval(timer);
      // On a full disk this may fail: the mark then says that this process is gone, which is enough.
      await writeFile(path, '').catch(() => undefined);
    },
  };
}

async function highest(directory: string): Promise<Held | null> {
  const generation = Math.max(0, ...(await generations(directory)));
  if (generation === 0) return null;
  const path = lockPath(directory, generation);
  try {
    const text = await readFile(path, 'utf8');
    return { generation, path, mark: readMark(text) };
  } catch (error) {
    // Removed by the process that created the next one: it is stale all the same.
    if (isMissing(error)) return { generation, path, mark: null };
    throw error;
  }
}

function readMark(text: string): ProcessMark | null {
  try {
    const mark: ProcessMark = JSON.parse(text);
    return typeof mark.pid === 'number' && typeof mark.host === 'string' ? mark : null;
  } catch {
    return null;
  }
}

async function generations(directory: string): Promise<number[]> {
  return (await namesIn(directory)).flatMap((name) => LOCK_NAME.exec(name)?.[1] ?? []).map(Number);
}

async function removeUpTo(directory: string, generation: number): Promise<void> {
  const old = (await generations(directory)).filter((other) => other <= generation);
  await Promise.all(old.map((other) => remove(lockPath(directory, other))));
}

async function heartbeatOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

function lockPath(directory: string, generation: number): string {
  return join(directory, `lock.${generation}`);
}
