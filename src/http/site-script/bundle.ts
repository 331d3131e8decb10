import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type BuildOptions, build, stop } from 'esbuild';

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
 * that could be missing or older than its source. Rejects if the sources or the bundler are broken.
 */
export async function buildSiteScript(): Promise<SiteScript> {
  const plain = await bundle();
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 16);
  return { hash, plain, gzip: gzipSync(plain, { level: 9 }), brotli: brotliCompressSync(plain) };
}

const OPTIONS = {
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
} satisfies BuildOptions;

let underWay = 0;

async function bundle(): Promise<Buffer> {
  underWay += 1;
  try {
    const { outputFiles } = await build(OPTIONS);
    return Buffer.from(outputFiles[0]?.contents ?? []);
  } finally {
    underWay -= 1;
    // The bundler's process would stay for as long as the server lives, 14 MB; its synchronous half a thread as well.
    if (underWay === 0) await stop();
  }
}
