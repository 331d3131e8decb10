import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';

const ENTRY = fileURLToPath(new URL('../../../sdk/main.ts', import.meta.url));

/** The site script as it is served. */
export interface SiteScript {
  /** First 16 hex digits of the SHA-256 of the text: its name for ever. */
  readonly hash: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly brotli: Buffer;
}

/**
 * Bundles and minifies `sdk/` in memory (some 60 ms). Made at each start and not kept on disk: there is no built file
 * that could be missing or older than its source. Synchronous, because the bundler's asynchronous half leaves a process
 * behind for as long as the server lives. Throws if the sources or the bundler are broken.
 */
export function buildSiteScript(): SiteScript {
  const result = buildSync({
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    // Browsers of 2020: optional chaining yes, logical assignment no.
    target: 'es2020',
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'silent',
    tsconfigRaw: '{}',
  });
  const plain = Buffer.from(result.outputFiles[0]?.contents ?? []);
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 16);
  return { hash, plain, gzip: gzipSync(plain, { level: 9 }), brotli: brotliCompressSync(plain) };
}
