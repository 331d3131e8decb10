import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { build, stop } from 'esbuild';

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
 * Bundles and minifies `sdk/` in memory (some 30 ms). Made at each start and not kept on disk: there is no built file
 * that could be missing or older than its source. Rejects if the sources or the bundler are broken.
 */
export async function buildSiteScript(): Promise<SiteScript> {
  const result = await build({
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
  // Its service process would otherwise stay for as long as the server.
  await stop();
  const plain = Buffer.from(result.outputFiles[0]?.contents ?? []);
  const [gzipped, brotli] = await Promise.all([
    promisify(gzip)(plain, { level: 9 }),
    promisify(brotliCompress)(plain),
  ]);
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 16);
  return { hash, plain, gzip: gzipped, brotli };
}
