import { spawn } from 'node:child_process';
import { PROJECT_DIR, SetupError, showProgress } from './say.mjs';

/** Runs npm with the Node that is here, showing progress; throws a SetupError with npm's own last words. */
export async function runNpm(label, args) {
  const done = showProgress(label);
  const { code, output } = await collect(args);
  done(code === 0 ? 'done' : 'failed');
  if (code === 0) return;
  const lastWords = output.trim().split('\n').slice(-12).join('\n');
  throw new SetupError(
    `npm ${args[0]} ended with code ${code}:\n${lastWords}\n` +
      'Check that the npm registry can be reached (npm ping) and that this folder may be written to, then run the command again.',
  );
}

function collect(args) {
  // npm names itself in npm_execpath when we run under it; with that, its version and registry settings stay the same.
  const cli = process.env.npm_execpath;
  const underNpm = cli?.endsWith('npm-cli.js') === true;
  const command = underNpm ? process.execPath : 'npm';
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, [...(underNpm ? [cli] : []), ...args, ...quiet], {
      cwd: PROJECT_DIR,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    // Left alone, npm would go on writing into node_modules while the next start begins its own set-up.
    const stop = () => {
      child.kill('SIGTERM');
      process.exit(130);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, stop);
    child.on('error', (error) =>
      resolve({ code: 127, output: `npm could not be started: ${error.message}` }),
    );
    child.on('close', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, stop);
      resolve({ code: code ?? 1, output });
    });
  });
}
