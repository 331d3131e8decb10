// Writes the API's own description as a fresh server gives it: node scripts/openapi.ts [--verify]
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../test/support/free-port.ts';
import { startServerProcess } from '../test/support/server-process.ts';
import { waitFor } from '../test/support/wait-for.ts';

const PROJECT_DIR = join(import.meta.dirname, '..');
const DOCUMENT_FILE = join(PROJECT_DIR, 'docs', 'openapi.json');
const DOCUMENT_PATH = '/api/docs/openapi.json';

/** Asks the real server, on an empty data directory: a document made from stand-ins would describe the stand-ins. */
async function fetchDocument(): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'rastro-openapi-'));
  const port = await findFreePort();
  const server = startServerProcess({
    command: process.execPath,
    args: [join(PROJECT_DIR, 'src', 'main.ts'), 'serve'],
    cwd: dataDir,
    env: {
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: dataDir,
      PUBLIC_URL: 'http://localhost:8080',
      NODE_ENV: 'test',
    },
  });
  const address = `http://127.0.0.1:${port}${DOCUMENT_PATH}`;
  const ask = async (): Promise<unknown> => {
    if (!server.isRunning()) return { ended: true };
    const response = await fetch(address);
    return response.ok ? await response.json() : undefined;
  };
  try {
    const document = await waitFor(address, ask, { timeoutMs: 60_000, everyMs: 100 });
    if (!server.isRunning()) throw new Error('the server ended');
    return `${JSON.stringify(document, null, 2)}\n`;
  } catch (error) {
    throw new Error(`no API document:\n${server.output()}`, { cause: error });
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const document = await fetchDocument();
if (!process.argv.includes('--verify')) {
  writeFileSync(DOCUMENT_FILE, document);
} else if (!existsSync(DOCUMENT_FILE) || readFileSync(DOCUMENT_FILE, 'utf8') !== document) {
  console.error('docs/openapi.json differs from what the server says. Run: node scripts/openapi.ts');
  process.exitCode = 1;
}
