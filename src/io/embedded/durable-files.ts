import { closeSync, fdatasyncSync, fsyncSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { NodeFS } from '@electric-sql/pglite/nodefs';

type Stream = { nfd?: number };
type StreamOperations = { fsync?: (stream: Stream) => number; write?: unknown };
type EngineModule = { NODEFS?: { stream_ops?: StreamOperations } };

/**
 * Files of the machine with real syncs. PGlite's own never call fsync or fdatasync, so that a power cut would
 * lose what had been acknowledged. This reaches into an internal of the pinned version; `syncs` lets the
 * engine prove at every start that it still has an effect.
 */
export class DurableFiles extends NodeFS {
  /** How many times the engine has had a file synced. */
  syncs = 0;
  readonly #aborted: () => never;

  /** `aborted` is called when the engine panics; it must not return: PGlite would ask the dead engine for ever. */
  constructor(directory: string, aborted: () => never) {
    super(directory);
    this.#aborted = aborted;
  }

  override async init(...given: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const made = await super.init(...given);
    const preRun = made.emscriptenOpts.preRun;
    if (!Array.isArray(preRun)) throw new Error('PGlite has changed: it takes no preRun list any more');
    Object.assign(made.emscriptenOpts, { onAbort: this.#aborted });
    preRun.unshift((module: EngineModule) => this.#addSync(module));
    return made;
  }

  #addSync(module: EngineModule): void {
    const operations = module.NODEFS?.stream_ops;
    if (operations?.write === undefined)
      throw new Error('PGlite has changed: its files cannot be made durable');
    operations.fsync = (stream) => {
      if (stream.nfd !== undefined) fdatasyncSync(stream.nfd);
      this.syncs += 1;
      return 0;
    };
  }
}

/** Syncs every file and directory below a directory, and itself. */
export function syncTree(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else if (entry.isFile()) syncPath(path);
  }
  syncPath(directory);
}

/** Syncs one file or directory. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
