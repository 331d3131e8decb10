import type { IncomingMessage } from 'node:http';

/** Most bytes of a body. */
const BODY_LIMIT = 256 * 1024;

/** A whole body; or it is too large; or the sender went away. */
export type ReadBody =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'gone' };

const NOTHING = Buffer.alloc(0);

/** Reads a raw request's body; what is over 256 KiB is dropped as it comes. Never rejects. */
export function readBody(request: IncomingMessage): Promise<ReadBody> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) {
    request.resume();
    return Promise.resolve({ kind: 'too_large' });
  }
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) {
        chunks.push(chunk);
        return;
      }
      chunks = [];
      resolve({ kind: 'too_large' });
    });
    request.on('end', () => {
      const [only] = chunks;
      const bytes = chunks.length > 1 ? Buffer.concat(chunks) : (only ?? NOTHING);
      resolve({ kind: 'body', bytes });
    });
    request.on('error', () => resolve({ kind: 'gone' }));
    request.on('close', () => resolve({ kind: 'gone' }));
  });
}
