import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withSetupLock } from './lock.mjs';
import { runNpm } from './npm.mjs';
import { PROJECT_DIR } from './say.mjs';

/** Installs the packages of package-lock.json when node_modules is absent or holds something else; else does nothing. */
export async function installDependencies() {
  if (isInstalled()) return;
  await withSetupLock(async () => {
    if (!isInstalled()) await runNpm('Installing the dependencies', ['ci']);
  });
}

// npm writes node_modules/.package-lock.json last, so it is there only after a whole install. Packages for other
// platforms are optional and stay out of it.
function isInstalled() {
  const installedFile = join(PROJECT_DIR, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const installed = readPackages(installedFile);
  const wanted = readPackages(join(PROJECT_DIR, 'package-lock.json'));
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || (installed[path]?.version ?? optionalVersion(entry)) === entry.version,
  );
}

function optionalVersion(entry) {
  return entry.optional === true || entry.devOptional === true || entry.peer === true
    ? entry.version
    : undefined;
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}
