// Writes the types of all tables, as a migrated database describes them: node scripts/codegen.ts [--verify]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../src/io/database.ts';
import { locateEmbedded } from '../src/io/embedded/location.ts';
import { migrate } from '../src/io/migrate.ts';

const PROJECT_DIR = fileURLToPath(new URL('..', import.meta.url));
const TYPES_FILE = join(PROJECT_DIR, 'src/io/database.gen.ts');

/** Migrates an embedded database in a throw-away directory and answers the text of its types. */
async function generateTypes(): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'rastro-codegen-'));
  try {
    const handle = await openDatabase({ kind: 'embedded', dataDir, access: 'own' });
    try {
      await migrate(handle, { directory: join(PROJECT_DIR, 'migrations') });
      return runCodegen(locateEmbedded(dataDir).socketDirectory, join(dataDir, 'types.ts'));
    } finally {
      await handle.close();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function runCodegen(socketDirectory: string, outFile: string): string {
  const url = `postgres://postgres@${encodeURIComponent(socketDirectory)}/postgres`;
  const choices = [
    '--dialect=postgres',
    '--date-parser=string',
    '--exclude-pattern=schema_migrations',
    '--log-level=error',
  ];
  const codegen = join(PROJECT_DIR, 'node_modules/kysely-codegen/dist/cli/bin.js');
  execFileSync(process.execPath, [codegen, `--url=${url}`, `--out-file=${outFile}`, ...choices], {
    stdio: 'inherit',
  });
  // The generator calls it DB and cannot be told otherwise.
  return readFileSync(outFile, 'utf8').replace('export interface DB {', 'export interface Database {');
}

const types = await generateTypes();
if (!process.argv.includes('--verify')) {
  writeFileSync(TYPES_FILE, types);
} else if (readFileSync(TYPES_FILE, 'utf8') !== types) {
  console.error('src/io/database.gen.ts differs from the migrations. Run: node scripts/codegen.ts');
  process.exitCode = 1;
}
