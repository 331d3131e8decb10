import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findErased } from '../../src/io/tombstones.ts';
import { openVault } from '../../src/io/vault.ts';
import { listLeads } from '../../src/leads/find-leads.ts';
import { listArchives, readArchive } from '../../src/privacy/archive-files.ts';
import { archiveMonths } from '../../src/privacy/archive-months.ts';
import { eraseSubject } from '../../src/privacy/erase-subject.ts';
import { exportSubject } from '../../src/privacy/export-subject.ts';
import { readSubject } from '../../src/privacy/read-subject.ts';
import { rotateSecrets } from '../../src/privacy/rotate-secrets.ts';
import { SEALED_COLUMNS } from '../../src/privacy/sealed-columns.ts';
import { updateWorkspace } from '../../src/settings/workspaces.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { tools as leadTools } from './leads-world.ts';
import { buildSubject, daysAgo, openPrivacyWorld, type PrivacyWorld } from './privacy-world.ts';

const ana = buildSubject('anaperson', 1234);
const rui = buildSubject('ruiperson', 5678);
/** At noon: what happens some moments apart is of the same month. */
const LONG_AGO = new Date(daysAgo(100)).setUTCHours(12, 0, 0, 0);
const OLD_KEY = 'leads-test-key-leads-test-key-leads';
const NEW_KEY = 'a newer key of the tests, long enough for it';

let database: OpenTestDatabase;
let world: PrivacyWorld;

beforeAll(async () => {
  database = await openTestDatabase();
  world = await openPrivacyWorld(database);
  await world.live(ana, LONG_AGO);
  await world.live(rui, LONG_AGO);
  await sql`update workspaces set is_root = true where workspace_id = ${world.workspaceId}`.execute(world.db);
});
afterAll(async () => {
  world.close();
  await database.close();
});

const archive = (isDryRun = false) =>
  archiveMonths(world.db, {
    ...{ vault: leadTools.vault, archiveDirectory: world.tools.archiveDirectory },
    ...{ now: new Date(), isDryRun, actor: 'test' },
  });

async function readAll(vault = leadTools.vault): Promise<string> {
  let text = '';
  for (const path of await listArchives(world.tools.archiveDirectory))
    for await (const rows of readArchive(vault, path)) text += JSON.stringify(rows);
  return text;
}

function ask(subject: string) {
  const name = readSubject(subject);
  if (name === null) throw new Error('not a subject');
  return { workspaceId: world.workspaceId, name, actor: 'test', reason: null };
}

const countClicks = async () =>
  Number((await sql<{ n: string }>`select count(*) as n from clicks`.execute(world.db)).rows[0]?.n);

describe('months that are over', () => {
  it('stay where nothing is set', async () => {
    expect(await archive()).toEqual([]);
  });

  it('are only named in a dry run', async () => {
    const settings = JSON.stringify({ retention: { archive_months: 2 } });
    await updateWorkspace(world.db, world.workspaceId, { settings });
    const months = await archive(true);
    expect(
      months.filter(({ rows }) => rows > 0).map(({ partition, rows }) => [partition.slice(0, -8), rows]),
    ).toEqual([
      ['clicks', 2],
      ['utm_tracking', 2],
      ['page_views', 2],
      ['events', 2],
    ]);
    expect(await countClicks()).toBe(2);
  });

  it('move into sealed files, row by row', async () => {
    await archive();
    expect(await countClicks()).toBe(0);
    const paths = await listArchives(world.tools.archiveDirectory);
    expect(paths).toHaveLength(4);
    for (const path of paths) expect(readFileSync(path).includes('facebook')).toBe(false);
    const text = await readAll();
    for (const value of [ana.token, rui.token, ana.sessionId, 'blackfriday']) expect(text).toContain(value);
    const months = (await archive()).filter(({ rows }) => rows > 0);
    expect(months).toEqual([]);
  });

  it('take facts that come late, into a file of their own', async () => {
    const late = { ...buildSubject('late', 9), fbclid: 'LateClick' };
    await world.record(...world.facts(late, LONG_AGO));
    await world.drain();
    await archive();
    expect(await listArchives(world.tools.archiveDirectory)).toHaveLength(8);
    expect(await readAll()).toContain(late.token);
  });

  it('are exported and erased with the person', async () => {
    const exported = await exportSubject(world.tools, ask(`telegram:${ana.telegramId}`));
    if (exported.kind !== 'exported') throw new Error(exported.kind);
    expect(exported.data.records.map(({ source }) => source)).toContainEqual(
      expect.stringMatching(/^archive:clicks_/),
    );
    for (const subject of [`telegram:${ana.telegramId}`, ana.email])
      expect(await eraseSubject(world.tools, ask(subject))).toMatchObject({ kind: 'erased' });
    const text = await readAll();
    for (const value of [ana.token, ana.sessionId, ana.fbclid]) expect(text).not.toContain(value);
    expect(text).toContain(rui.token);
  });
});

describe('a new SECRET_KEY', () => {
  const vault = openVault({ key: NEW_KEY, previous: OLD_KEY });
  const leads = { vault, hashKey: 'a key of the tests, rotated' };
  const rotate = () =>
    rotateSecrets(world.db, { leads, archiveDirectory: world.tools.archiveDirectory, actor: 'test' });

  it('takes over every sealed value, and the archives', async () => {
    const counts = await rotate();
    expect(counts).toMatchObject({ 'leads.email': 2, 'bots.telegram_token': 1, archives: 8 });
    const alone = openVault({ key: NEW_KEY });
    for (const { table, column, context } of SEALED_COLUMNS) {
      const { rows } = await sql<{ value: Buffer }>`
        select ${sql.ref(column)} as value from ${sql.table(table)} where length(${sql.ref(column)}) > 0`.execute(
        world.db,
      );
      for (const { value } of rows) expect(alone.open(value, context)).not.toBe('');
    }
    expect(await readAll(alone)).toContain(rui.token);
  });

  it('finds leads by the hashes of the new key', async () => {
    const question = { workspaceId: world.workspaceId, email: rui.email, limit: 5 };
    expect(await listLeads(world.db, leads, question)).toHaveLength(1);
    expect(await listLeads(world.db, leadTools, question)).toHaveLength(0);
  });

  it('keeps the memory of who was erased', async () => {
    const facts = [ana.token, ana.email].map((value, index) => ({
      ...{
        workspaceId: world.workspaceId,
        kind: index === 0 ? ('token' as const) : ('email' as const),
        value,
      },
      at: daysAgo(99),
    }));
    const isErased = await findErased(world.db, openVault({ key: NEW_KEY }), facts);
    expect(facts.map(isErased)).toEqual([true, true]);
  });

  it('changes nothing when it is done again', async () => {
    expect(Object.values(await rotate()).every((values) => values === 0)).toBe(true);
  });
});
