import { createReadStream } from 'node:fs';
import { mkdir, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { KEY_ID_AT, KEY_ID_BYTES, type Vault } from '../io/vault.ts';
import { namesIn, syncDirectory } from '../log/segments.ts';
import type { SubjectRecord } from './collect-records.ts';
import type { Person } from './find-subject.ts';
import type { PrivacyTools } from './privacy-tools.ts';

/** Ending of an archive's file name. */
export const ARCHIVE_ENDING = '.ndjson.gz.sealed';

const CONTEXT = 'archive';
const LENGTH_BYTES = 4;
const zip = promisify(gzip);
const unzip = promisify(gunzip);

type Row = Record<string, unknown>;
type ArchiveTools = Pick<PrivacyTools, 'archiveDirectory' | 'leads'>;

/** Writes batches of rows to a new sealed file and makes it durable before its name. Returns how many rows. */
export async function writeArchive(
  vault: Vault,
  path: string,
  batches: AsyncIterable<readonly Row[]>,
): Promise<number> {
  const directory = join(path, '..');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const draft = `${path}.draft`;
  const handle = await open(draft, 'w', 0o600);
  let count = 0;
  try {
    for await (const rows of batches) {
      if (rows.length === 0) continue;
      await handle.write(await buildFrame(vault, rows));
      count += rows.length;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
  await syncDirectory(directory);
  return count;
}

/** The rows of a sealed file, batch by batch. Throws if it is damaged or was sealed with another SECRET_KEY. */
export async function* readArchive(vault: Vault, path: string): AsyncGenerator<readonly Row[]> {
  let buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    buffer = Buffer.concat([buffer, chunk as Buffer]);
    for (;;) {
      const length = buffer.length < LENGTH_BYTES ? Number.POSITIVE_INFINITY : buffer.readUInt32BE();
      if (buffer.length < LENGTH_BYTES + length) break;
      const zipped = Buffer.from(
        vault.open(buffer.subarray(LENGTH_BYTES, LENGTH_BYTES + length), CONTEXT),
        'base64',
      );
      const lines = (await unzip(zipped)).toString('utf8').trimEnd().split('\n');
      yield lines.map((line): Row => JSON.parse(line));
      buffer = buffer.subarray(LENGTH_BYTES + length);
    }
  }
  if (buffer.length > 0) throw new Error(`${path} ends in the middle of a batch.`);
}

/** Paths of all archives, oldest name first. */
export async function listArchives(archiveDirectory: string): Promise<string[]> {
  const names = (await namesIn(archiveDirectory)).filter((name) => name.endsWith(ARCHIVE_ENDING));
  return names.sort().map((name) => join(archiveDirectory, name));
}

/** The person's rows in the archives of this machine. */
export async function searchArchives(
  { archiveDirectory, leads }: ArchiveTools,
  person: Person,
): Promise<SubjectRecord[]> {
  const isOwn = buildOwnTest(person);
  const found: SubjectRecord[] = [];
  for (const path of await listArchives(archiveDirectory)) {
    const source = `archive:${path.slice(archiveDirectory.length + 1)}`;
    for await (const rows of readArchive(leads.vault, path))
      found.push(...rows.filter(isOwn).map((record) => ({ source, record })));
  }
  return found;
}

/** Writes every archive that holds rows of the person anew, without them. How many rows went. */
export async function eraseFromArchives(
  { archiveDirectory, leads }: ArchiveTools,
  person: Person,
): Promise<number> {
  if (person.tokens.length === 0 && person.sessionIds.length === 0) return 0;
  const isOwn = buildOwnTest(person);
  let erased = 0;
  for (const path of await listArchives(archiveDirectory)) {
    let own = 0;
    for await (const rows of readArchive(leads.vault, path)) own += rows.filter(isOwn).length;
    if (own === 0) continue;
    await rewriteArchive(path, async (fresh) => {
      await writeArchive(leads.vault, fresh, dropRows(readArchive(leads.vault, path), isOwn));
    });
    erased += own;
  }
  return erased;
}

/** Seals archives anew that were sealed with another key. How many files. */
export async function resealArchives(vault: Vault, archiveDirectory: string): Promise<number> {
  let resealed = 0;
  for (const path of await listArchives(archiveDirectory)) {
    if ((await readKeyId(path)).equals(vault.keyId)) continue;
    await rewriteArchive(path, async (fresh) => {
      await writeArchive(vault, fresh, readArchive(vault, path));
    });
    resealed += 1;
  }
  return resealed;
}

async function readKeyId(path: string): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const id = Buffer.alloc(KEY_ID_BYTES);
    await handle.read(id, 0, KEY_ID_BYTES, LENGTH_BYTES + KEY_ID_AT);
    return id;
  } finally {
    await handle.close();
  }
}

/** Puts a file in the place of another, whole or not at all. */
async function rewriteArchive(path: string, write: (fresh: string) => Promise<void>): Promise<void> {
  const fresh = `${path}.fresh`;
  try {
    await write(fresh);
    await rename(fresh, path);
    await syncDirectory(join(path, '..'));
  } catch (error) {
    await unlink(fresh).catch(() => undefined);
    throw error;
  }
}

async function* dropRows(
  batches: AsyncIterable<readonly Row[]>,
  isOwn: (row: Row) => boolean,
): AsyncGenerator<readonly Row[]> {
  for await (const rows of batches) yield rows.filter((row) => !isOwn(row));
}

function buildOwnTest(person: Person): (row: Row) => boolean {
  const tokens: ReadonlySet<unknown> = new Set(person.tokens);
  const sessions: ReadonlySet<unknown> = new Set(person.sessionIds);
  return (row) =>
    row.workspace_id === person.workspaceId &&
    (tokens.has(row.tracking_token) || sessions.has(row.session_id));
}

async function buildFrame(vault: Vault, rows: readonly Row[]): Promise<Buffer> {
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const sealed = vault.seal((await zip(text)).toString('base64'), CONTEXT);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(sealed.length);
  return Buffer.concat([length, sealed]);
}
