import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT_DIR, say } from './say.mjs';

const RUNTIME_DIR = join(PROJECT_DIR, '.runtime');
const LOCK_FILE = join(RUNTIME_DIR, 'setup.lock');

/** Runs one set-up at a time in this checkout: two starts at once would delete each other's node_modules. */
export async function withSetupLock(work) {
  mkdirSync(RUNTIME_DIR, { recursive: true });
  for (let told = false; !tryLock(); await sleep(200)) {
    const owner = readOwner();
    if (owner !== undefined && !isAlive(owner)) rmSync(LOCK_FILE, { force: true });
    else if (!told) {
      say(`Another start (process ${owner ?? '?'}) is setting up; waiting for it.`);
      told = true;
    }
  }
  const release = () => rmSync(LOCK_FILE, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function tryLock() {
  try {
    writeFileSync(LOCK_FILE, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

// Between the lock file's creation and its first byte it is empty: that owner is unknown, not dead.
function readOwner() {
  try {
    return Number.parseInt(readFileSync(LOCK_FILE, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
