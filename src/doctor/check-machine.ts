import { access, constants, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, fault, fine, warning } from './finding.ts';

/** What is looked at on this machine. */
export interface MachineQuestion {
  readonly dataDir: string;
  readonly publicUrl: string;
  readonly isProduction: boolean;
}

const GIB = 1024 ** 3;
/** A click takes about 1.5 kB in the log and the table: this is a day of several hundred thousand. */
const LOW_DISK_BYTES = GIB;

/** Data directory, secrets, disk, and the public address. */
export async function checkMachine(question: MachineQuestion): Promise<Finding[]> {
  return [
    await checkWritable(question.dataDir),
    await checkSecrets(question.dataDir),
    await checkDisk(question.dataDir),
    checkAddress(question),
  ];
}

async function checkWritable(dataDir: string): Promise<Finding> {
  try {
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return fine('data directory', `${dataDir} can be written`);
  } catch {
    const fix = `Give it to the user that runs the server (chown -R), or set DATA_DIR to another directory.`;
    return fault('data directory', `${dataDir} cannot be written by this user`, fix);
  }
}

async function checkSecrets(dataDir: string): Promise<Finding> {
  const directory = join(dataDir, 'secrets');
  const found = await stat(directory).catch(() => null);
  if (!found) return fine('secrets', 'given by the environment');
  const isOpen = (found.mode & 0o077) !== 0;
  return isOpen
    ? fault('secrets', `${directory} can be read by other users`, `Run: chmod 700 ${directory}`)
    : fine('secrets', 'made in the data directory; back them up with it: nothing sealed opens without them');
}

async function checkDisk(dataDir: string): Promise<Finding> {
  const disk = await statfs(dataDir).catch(() => null);
  if (!disk) return warning('disk', 'its free space cannot be read', 'Look at it with: df -h');
  const free = disk.bavail * disk.bsize;
  const text = `${(free / GIB).toFixed(1)} GiB free`;
  return free < LOW_DISK_BYTES
    ? warning('disk', text, 'Free some space: a full disk keeps clicks in memory only.')
    : fine('disk', text);
}

function checkAddress({ publicUrl, isProduction }: MachineQuestion): Finding {
  const url = new URL(publicUrl);
  if (url.protocol === 'https:') return fine('public address', publicUrl);
  const detail = `${publicUrl} is not https: Telegram and gateways do not call it, and cookies are less safe`;
  const fix =
    'Put a proxy with TLS in front and set PUBLIC_URL to its https address (and TRUST_PROXY to it).';
  return isProduction ? fault('public address', detail, fix) : warning('public address', detail, fix);
}
