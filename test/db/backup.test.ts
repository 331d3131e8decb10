import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BackupRefused } from '../../src/backup/backup-format.ts';
import { listTables } from '../../src/backup/list-tables.ts';
import { restoreBackup } from '../../src/backup/restore-backup.ts';
import { writeBackup } from '../../src/backup/write-backup.ts';
import { buildId } from '../../src/domain/ids.ts';
import { type DatabaseHandle, openDatabase } from '../../src/io/database.ts';
import { migrate } from '../../src/io/migrate.ts';
import { MIGRATIONS_DIRECTORY } from '../../src/io/migrations-directory.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { buildDatabaseUrl, runOnServer } from '../support/postgres-admin.ts';
import { type LeadsWorld, openLeadsWorld, tools } from './leads-world.ts';

const secrets = { secretKey: 'k'.repeat(40), ipHashSalt: 's'.repeat(40) };
const YEARS_AGO = new Date('2023-05-31T23:59:59.999Z');
const EMAIL = 'Maria "Zé"\n<maria@example.com> \\ 日本';

let source: OpenTestDatabase;
let target: DatabaseHandle;
let removeTarget: () => Promise<void>;
let directory: string;
let file: string;
let world: LeadsWorld;
let wonLead: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rastro-backup-'));
  file = join(directory, 'all.gz');
  source = await openTestDatabase();
  ({ handle: target, remove: removeTarget } = await openOtherBackend());
  await migrate(target, { directory: MIGRATIONS_DIRECTORY });
  await fill();
  await backUp(file);
}, 120_000);
afterAll(async () => {
  await target.close();
  await removeTarget();
  await source.close();
  rmSync(directory, { recursive: true });
});

/** A backup that is made here is restored there: the embedded database's on a server, and the other way round. */
async function openOtherBackend(): Promise<{ handle: DatabaseHandle; remove: () => Promise<void> }> {
  if (source.kind === 'postgres') {
    const dataDir = join(directory, 'embedded');
    const handle = await openDatabase({ kind: 'embedded', dataDir, access: 'own' });
    return { handle, remove: async () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 }) };
  }
  const name = `rastro_restore_${randomBytes(6).toString('hex')}`;
  await runOnServer(`create database ${name}`);
  const handle = await openDatabase({ kind: 'postgres', url: buildDatabaseUrl(name) });
  return { handle, remove: () => runOnServer(`drop database ${name} with (force)`) };
}

async function fill(): Promise<void> {
  world = await openLeadsWorld(source);
  const { db } = source;
  await sql`select ensure_month_partitions('leads', '2023-05-01', 1)`.execute(db);
  wonLead = buildId();
  const many = Array.from({ length: 1_203 }, () => world.lead());
  await world.save(world.lead({ leadId: wonLead, createdAt: YEARS_AGO, email: EMAIL }), ...many);
  await world.stage(wonLead, 'qualified');
  await world.stage(wonLead, 'won', 123_456);
  await sql`update leads set metadata = 'null'::jsonb where lead_id = ${many[0]?.leadId}`.execute(db);
  await sql`update leads set metadata = '{"n": 12345678901234567890.10, "t": "\\u00e9\\n"}'
    where lead_id = ${many[1]?.leadId}`.execute(db);
}

const backUp = (to: string) =>
  writeBackup({ pool: source.pool, secrets, file: to, now: new Date(), onProgress: () => undefined });

const restore = (from: string, changes: Partial<Parameters<typeof restoreBackup>[0]> = {}) =>
  restoreBackup({ pool: target.pool, secrets, file: from, onProgress: () => undefined, ...changes });

/** Number of rows and a checksum of all their columns, of every table. */
async function readSums(pool: pg.Pool): Promise<Record<string, unknown>> {
  const sums: Record<string, unknown> = {};
  for (const { name } of await listTables(pool)) {
    const { rows } = await pool.query(
      `select count(*)::int as rows, md5(string_agg(t::text, '|' order by t::text collate "C")) as sum from ${name} t`,
    );
    sums[name] = rows[0];
  }
  return sums;
}

/** The backup with some of its lines changed. */
function forge(name: string, change: (lines: string[]) => string[]): string {
  const path = join(directory, name);
  const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
  writeFileSync(path, gzipSync(`${change(lines).join('\n')}\n`));
  return path;
}

describe('a backup that does not fit', () => {
  let before: unknown;
  beforeEach(async () => {
    before = await readSums(target.pool);
    return async () => {
      expect(await readSums(target.pool)).toEqual(before);
    };
  });

  it('is refused with other secrets', async () => {
    const refused = restore(file, { secrets: { ...secrets, secretKey: 'x'.repeat(40) } });
    await expect(refused).rejects.toThrow(BackupRefused);
    await expect(refused).rejects.toThrow('another SECRET_KEY or IP_HASH_SALT');
  });

  it('is refused when it is of another schema', async () => {
    const other = forge('schema.gz', ([header = '', ...rest]) => {
      const parsed: { schema: [string, string][] } = JSON.parse(header);
      return [JSON.stringify({ ...parsed, schema: [...parsed.schema, ['9999_later', 'abc']] }), ...rest];
    });
    await expect(restore(other)).rejects.toThrow('the backup is of schema 9999_later');
  });

  it('is refused as a whole when it is cut off, short of rows, damaged or missing', async () => {
    const noEnd = forge('no-end.gz', (lines) => lines.slice(0, -1));
    await expect(restore(noEnd)).rejects.toThrow('its last line is missing');
    const rowAt = (lines: string[]) => lines.findIndex((line) => line.startsWith('['));
    const short = forge('short.gz', (lines) => lines.toSpliced(rowAt(lines), 1));
    await expect(restore(short)).rejects.toThrow(/damaged|foreign key/);
    const cut = join(directory, 'cut.gz');
    writeFileSync(cut, readFileSync(file).subarray(0, -2_000));
    await expect(restore(cut)).rejects.toThrow('cut.gz is damaged, cut off, or no backup');
    await expect(restore(join(directory, 'none.gz'))).rejects.toThrow('none.gz cannot be read');
    const foreign = join(directory, 'foreign.gz');
    writeFileSync(foreign, gzipSync('hello\n'));
    await expect(restore(foreign)).rejects.toThrow('is not a backup');
  });
});

describe('a backup restored on the other kind of database', () => {
  it('is the same in every column of every table, once', async () => {
    const told = new Map<string, number>();
    const totals = await restore(file, {
      // Restored in the middle of a change of keys.
      secrets: { ...secrets, secretKey: 'n'.repeat(40), secretKeyPrevious: secrets.secretKey },
      onProgress: (table, rows) => told.set(table, rows),
    });
    const sums = await readSums(source.pool);
    expect(await readSums(target.pool)).toEqual(sums);
    expect(sums).toMatchObject({
      leads: { rows: 1_204 },
      lead_stages: { rows: 2 },
      offline_conversions: { rows: 1 },
      domains: { rows: 1 },
    });
    expect(told.get('leads')).toBe(1_204);
    const rows = Object.values(sums).reduce<number>((sum, one) => sum + (one as { rows: number }).rows, 0);
    expect(totals).toEqual({ tables: Object.keys(sums).length, rows });
  });

  it('opens what was sealed, and keeps the months apart', async () => {
    const { rows } = await target.pool.query<{ email: Buffer; part: string }>(
      'select email, tableoid::regclass::text as part from leads where lead_id = $1',
      [wonLead],
    );
    expect(rows[0]?.part).toBe('leads_2023_05');
    expect(tools.vault.open(rows[0]?.email ?? Buffer.alloc(0), 'leads.email')).toBe(EMAIL);
  });

  it('goes on as the original would: triggers work, and numbers are new ones', async () => {
    const there = { ...source, ...target, testDatabase: source.testDatabase, close: target.close };
    const next = await openLeadsWorld(there);
    const lead = next.lead();
    await next.save(lead);
    await next.stage(lead.leadId, 'won', 500);
    expect(await next.conversion(lead.leadId)).toMatchObject({ conversion_value: '5.00' });
    const doubles = await target.pool.query(
      'select arrival from lead_stages group by arrival having count(*) > 1',
    );
    expect(doubles.rows).toEqual([]);
  });

  it('is not restored over what is there', async () => {
    await expect(restore(file)).rejects.toThrow(/not empty \(there are rows in \w+\)/);
  });

  it('can be read by its owner only, and leaves no half file', async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const lost = join(directory, 'no-such-directory', 'all.gz');
    await expect(backUp(lost)).rejects.toThrow('ENOENT');
    expect((await source.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});
