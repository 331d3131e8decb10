import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BackupRefused } from './backup-format.ts';

/** Reads the lines of a gzip file. Throws BackupRefused if it cannot be read, or is damaged or cut off. */
export async function* readLines(file: string): AsyncGenerator<string> {
  const gunzip = createGunzip();
  // Its callback has nothing to do: an error of either stream comes out of the loop below.
  pipeline(createReadStream(file), gunzip, () => undefined);
  gunzip.setEncoding('utf8');
  let rest = '';
  const chunks: AsyncIterator<string> = gunzip[Symbol.asyncIterator]();
  for (;;) {
    const chunk = await chunks.next().catch((error: unknown) => {
      throw explain(file, error);
    });
    if (chunk.done) break;
    const lines = (rest + chunk.value).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function explain(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  if (error.code.startsWith('Z_'))
    return new BackupRefused(`${file} is damaged, cut off, or no backup: ${error.message}`);
  return new BackupRefused(`${file} cannot be read: ${error.message}`);
}
