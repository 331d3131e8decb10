import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildId, isId } from '../domain/ids.ts';

/**
 * The id of this machine's data directory, made once: several machines may fold their logs into one database.
 * Throws if the file holds anything else, because a new id would fold the whole log again under another name.
 */
export async function openInstanceId(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, 'instance-id');
  const draft = `${path}.${buildId()}.draft`;
  await writeFile(draft, buildId(), { mode: 0o600 });
  try {
    // Linking fails where the name exists, so that of two processes starting together one decides.
    await link(draft, path).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
  } finally {
    await unlink(draft);
  }
  const id = (await readFile(path, 'utf8')).trim();
  if (!isId(id)) throw new Error(`${path} holds no id; restore it from a backup, or remove it.`);
  return id;
}
