import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  findChromium,
  findFaketime,
  findMemcached,
  findNatsServer,
  findPostgresBinDir,
  findRedisServer,
} from '../test/support/installed-programs.ts';

const NEEDED: readonly {
  readonly name: string;
  readonly packages: readonly string[];
  readonly find: () => string | undefined;
}[] = [
  { name: 'PostgreSQL', packages: ['postgresql'], find: findPostgresBinDir },
  { name: 'Redis', packages: ['redis-server'], find: findRedisServer },
  { name: 'Memcached', packages: ['memcached'], find: findMemcached },
  { name: 'NATS', packages: ['nats-server'], find: findNatsServer },
  { name: 'libfaketime', packages: ['libfaketime'], find: findFaketime },
  { name: 'Chromium', packages: ['chromium', 'fonts-liberation'], find: findChromium },
];

// Debian packages start their server once installed; policy-rc.d forbids it, so that nothing but our own servers runs.
const INSTALL_SCRIPT = `
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"; chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq -o DPkg::Lock::Timeout=120 || exit 1
apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" </dev/null
`;

/** Installs the servers and the browser that the tests need through apt where that is possible; throws one line that says what to install where it is not. */
export function installTestPrograms(): void {
  const missing = NEEDED.filter((program) => program.find() === undefined);
  if (missing.length === 0) return;
  const packages = missing.flatMap((program) => program.packages);
  const prefix = findRootPrefix();
  if (!existsSync('/usr/bin/apt-get') || prefix === undefined)
    throw new Error(
      `The tests need ${listNames(missing)}. Install them (Debian, Ubuntu: apt-get install ${packages.join(' ')}) and run the tests again.`,
    );
  process.stderr.write(`Installing ${listNames(missing)} (apt-get install ${packages.join(' ')}) …\n`);
  const [command = 'sh', ...args] = [...prefix, 'sh', '-c', INSTALL_SCRIPT, 'install', ...packages];
  const { status } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  const left = missing.filter((program) => program.find() === undefined);
  if (left.length > 0)
    throw new Error(
      `apt-get ended with code ${status}, and ${listNames(left)} cannot be found. Install them by hand (apt-get install ${packages.join(' ')}) and run the tests again.`,
    );
}

function listNames(programs: readonly { readonly name: string }[]): string {
  return programs.map((program) => program.name).join(', ');
}

/** What makes a command run as root here: nothing, sudo, or undefined when there is no way without a password. */
function findRootPrefix(): readonly string[] | undefined {
  if (process.getuid?.() === 0) return [];
  try {
    execFileSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
    return ['sudo', '-n'];
  } catch {
    return undefined;
  }
}
