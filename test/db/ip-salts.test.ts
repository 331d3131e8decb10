import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CLICK_FOLLOWERS } from '../../src/bot/follow-clicks.ts';
import { checkIpSalt } from '../../src/doctor/check-ip-salt.ts';
import type { ClickFact } from '../../src/domain/facts.ts';
import { buildIpHash } from '../../src/domain/ip-hash.ts';
import { buildVisitorId } from '../../src/domain/visitor-id.ts';
import { loadIpSalts } from '../../src/io/ip-salts.ts';
import { findSaltStatus } from '../../src/privacy/ip-salt-status.ts';
import {
  type IpSaltRotation,
  keepUpSalts,
  type RotateIpSaltOptions,
  rotateIpSalt,
} from '../../src/privacy/rotate-ip-salt.ts';
import { findClick } from '../../src/projections/find-clicks.ts';
import { findVisitorJourney } from '../../src/reports/visitor-journey.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { type DrainWorld, drainAll, openDrainWorld } from './drain-world.ts';
import { botScoreOf, makeDueProfiles, startInBot } from './ip-salts-people.ts';
import { tools } from './leads-world.ts';
import { openVisitsWorld, PHONE, type VisitsWorld, view } from './visits-world.ts';

const OLD = tools.ipHashSalt;
const NEW = 'another salt of the tests, long enough for all';
const IP = '189.1.2.3';

let database: OpenTestDatabase;
let site: VisitsWorld;
let world: DrainWorld;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  site = await openVisitsWorld(database);
  world = await openDrainWorld(database);
});
afterEach(async () => {
  await sql`delete from ip_hash_links`.execute(database.db);
  await sql`delete from ip_salts`.execute(database.db);
  for (const table of ['clicks', 'utm_tracking', 'sessions', 'visitor_journeys', 'leads', 'bot_users'])
    await sql`delete from ${sql.table(table)}`.execute(database.db);
  site.close();
  await world.close();
});

async function rotate(changes: Partial<RotateIpSaltOptions> = {}): Promise<IpSaltRotation> {
  return rotateIpSalt(database.db, {
    ...{ vault: tools.vault, configured: NEW, previous: OLD, file: null, overlapDays: 30 },
    ...{ followers: CLICK_FOLLOWERS, actor: 'test', isDryRun: false },
    ...changes,
  });
}

/** The drain of a server that was started before the change. */
const fold = () => drainAll(world.restartDrain({ ipHashSalt: OLD, followers: CLICK_FOLLOWERS }));

const visit = (sessionId: string, second: number) =>
  site.fold([site.request([view(second, '/')], { sessionId, ip: IP })]);

const visitorOf = (salt: string) =>
  buildVisitorId(salt, { ip: IP, userAgent: PHONE, domainId: site.domainId }) ?? '';

const journey = () =>
  database.db.selectFrom('visitor_journeys').selectAll().where('domain_id', '=', site.domainId).execute();

/** As the retention leaves them. */
async function forgetAddresses(): Promise<void> {
  await sql`update clicks set client_ip = null`.execute(database.db);
  await sql`update utm_tracking set client_ip = null`.execute(database.db);
  await sql`update leads set client_ip = null`.execute(database.db);
}

const MINUTE = Math.floor(Date.now() / 60_000) * 60_000 - 120_000;

/** Clicks alike, all in one minute of the clock. */
const burst = (count: number): ClickFact[] =>
  Array.from({ length: count }, (_, index) => world.click({ at: MINUTE + index, ip: IP }));

describe('a visitor who comes before and after the change', () => {
  test('has one journey, under the new salt', async () => {
    await visit('before', 0);
    expect((await journey()).map((one) => one.visitor_id)).toEqual([visitorOf(OLD)]);
    expect(await rotate()).toMatchObject({ kind: 'rotated', isNew: true, counts: { visitors: 1 } });
    await visit('after', 60);
    expect(await journey()).toMatchObject([{ visitor_id: visitorOf(NEW), total_sessions: 2 }]);
    const { sessions, touches } = await site.tables();
    expect(sessions.map((row) => [row.session_id, row.return_visits])).toEqual([
      ['after', 1],
      ['before', 0],
    ]);
    expect(new Set(touches.map((row) => row.ip_hash))).toEqual(new Set([buildIpHash(NEW, IP)]));
  });

  test('has one journey also where the address was gone before the change', async () => {
    await visit('before', 0);
    await forgetAddresses();
    expect(await rotate()).toMatchObject({ counts: { visitors: 0, waiting: 2 } });
    await visit('stranger', 30);
    await visit('after', 60);
    expect(await journey()).toMatchObject([{ visitor_id: visitorOf(NEW), total_sessions: 3 }]);
    const workspaceId = site.workspaceId;
    for (const visitorId of [visitorOf(OLD), visitorOf(NEW)])
      expect((await findVisitorJourney(database.db, { workspaceId, visitorId }))?.sessions).toHaveLength(3);
    await keepUp(0);
    const { touches } = await site.tables();
    expect(new Set(touches.map((row) => row.ip_hash))).toEqual(new Set([buildIpHash(NEW, IP)]));
  });

  test('goes on with a session that the change came into', async () => {
    await visit('same', 0);
    await rotate();
    await visit('same', 20);
    expect(await journey()).toMatchObject([
      { visitor_id: visitorOf(NEW), total_sessions: 1, total_page_views: 2 },
    ]);
  });

  test('is somebody else where nobody told of the change', async () => {
    await visit('before', 0);
    const { db } = database;
    expect(await loadIpSalts(db, { vault: tools.vault, configured: NEW })).toEqual({
      current: NEW,
      previous: [],
    });
    expect(await checkIpSalt(db, NEW)).toMatchObject({ state: 'ok' });
  });
});

describe('clicks', () => {
  test('a burst is counted across the change, and the people of its first clicks are marked', async () => {
    const [first, ...others] = burst(40);
    if (first === undefined) throw new Error('no click');
    await world.record(first, ...others.slice(0, 19));
    await fold();
    const userId = await startInBot(world, first.token);
    await makeDueProfiles(world);
    expect(await botScoreOf(world, userId)).toBe(0);
    await rotate();
    await world.record(...others.slice(19));
    await fold();
    const { rows } = await sql<{ marked: number; hashes: string[] }>`
      select count(*) filter (where 'burst' = any(bot_reasons))::int as marked, array_agg(distinct ip_hash) as hashes
      from clicks where workspace_id = ${world.workspaceId}`.execute(database.db);
    expect(rows).toEqual([{ marked: 40, hashes: [buildIpHash(NEW, IP)] }]);
    await makeDueProfiles(world);
    expect(await botScoreOf(world, userId)).toBe(50);
  });

  test('a burst that the change had torn is mended by it', async () => {
    await world.record(...burst(20));
    await fold();
    // A server that was started with the new salt before the command ran.
    await world.record(...burst(20));
    await drainAll(world.restartDrain({ ipHashSalt: NEW }));
    const marked = () =>
      sql<{ n: number }>`select count(*)::int as n from clicks where is_bot_detected`.execute(database.db);
    expect((await marked()).rows).toEqual([{ n: 0 }]);
    await rotate();
    expect((await marked()).rows).toEqual([{ n: 40 }]);
  });

  test('none is lost while they come, and every one has the new hash', async () => {
    const facts = Array.from({ length: 300 }, (_, i) => world.click({ ip: `189.7.${i % 50}.9` }));
    const drain = world.restartDrain({ ipHashSalt: OLD, followers: CLICK_FOLLOWERS });
    drain.start();
    for (let at = 0; at < 300; at += 30) {
      await world.record(...facts.slice(at, at + 30));
      if (at === 120) expect(await rotate()).toMatchObject({ kind: 'rotated' });
    }
    await drain.stop();
    await drainAll(drain);
    for (const fact of facts)
      expect((await findClick(database.db, fact.token))?.ipHash).toBe(buildIpHash(NEW, fact.ip));
  });

  test('one that is looked for before it is folded has the new hash', async () => {
    await rotate();
    const click = world.click({ ip: IP });
    await world.record(click);
    expect((await world.finder.byToken(click.token))?.ipHash).toBe(buildIpHash(NEW, IP));
  });
});

const keepUp = (days: number) =>
  keepUpSalts(database.db, {
    ...{ vault: tools.vault, configured: NEW, followers: CLICK_FOLLOWERS },
    now: new Date(Date.now() + days * 86_400_000),
  });

describe('a change', () => {
  test('only says what it would do in a dry run', async () => {
    await visit('before', 0);
    const before = await site.tables();
    expect(await rotate({ isDryRun: true })).toMatchObject({
      counts: { addresses: 1, visitors: 1, rows: 0 },
    });
    expect(await site.tables()).toEqual(before);
    expect(await findSaltStatus(database.db, OLD)).toMatchObject({ changed_at: null });
  });

  test('that broke off is completed by the next run, and by the job', async () => {
    await visit('before', 0);
    const stopping = new AbortController();
    const broken = rotate({ signal: stopping.signal, onProgress: () => stopping.abort() });
    await expect(broken).rejects.toThrow();
    expect(await checkIpSalt(database.db, NEW)).toMatchObject({ state: 'warning' });
    expect(await rotate()).toMatchObject({ kind: 'rotated', isNew: false });
    expect(await journey()).toMatchObject([{ visitor_id: visitorOf(NEW) }]);
    expect(await checkIpSalt(database.db, NEW)).toMatchObject({ state: 'ok' });
    const done = await site.tables();
    await sql`update ip_salts set rehashed_at = null where active_to is null`.execute(database.db);
    await keepUp(1);
    expect(await findSaltStatus(database.db, NEW)).toMatchObject({ is_complete: true });
    expect(await site.tables()).toEqual(done);
  });

  test('leads on over two of them', async () => {
    const third = 'a third salt of the tests, long enough for all';
    await visit('before', 0);
    await forgetAddresses();
    await rotate();
    expect(await rotate({ configured: third, previous: null })).toMatchObject({ isNew: true });
    await visit('after', 60);
    expect(await journey()).toMatchObject([{ visitor_id: visitorOf(third), total_sessions: 2 }]);
  });

  test('is refused where it cannot be meant', async () => {
    expect(await rotate({ previous: null })).toMatchObject({ kind: 'refused' });
    expect(await rotate({ previous: NEW })).toMatchObject({ kind: 'refused' });
    await rotate();
    expect(await rotate()).toMatchObject({ kind: 'refused', why: expect.stringContaining('in use already') });
    expect(await rotate({ configured: OLD })).toMatchObject({ kind: 'refused' });
    const wrong = { configured: 'x'.repeat(40), previous: 'y'.repeat(40) };
    expect(await rotate(wrong)).toMatchObject({ kind: 'refused' });
  });

  test('writes a generated salt where only its owner reads it, and the server that runs has it at once', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'rastro-salt-'));
    const file = join(directory, 'ip_hash_salt');
    writeFileSync(file, OLD, { mode: 0o600 });
    expect(await rotate({ configured: OLD, previous: null, file })).toMatchObject({ wroteFile: true });
    const salt = readFileSync(file, 'utf8');
    expect(salt).not.toBe(OLD);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await visit('after', 0);
    expect(await journey()).toMatchObject([{ visitor_id: visitorOf(salt) }]);
    rmSync(directory, { recursive: true });
  });

  test('ends with the destruction of the salt of before, and leaves its record', async () => {
    await visit('before', 0);
    await forgetAddresses();
    await rotate();
    await keepUp(29);
    expect((await loadIpSalts(database.db, { vault: tools.vault, configured: NEW })).previous).toEqual([OLD]);
    expect(await checkIpSalt(database.db, OLD)).toMatchObject({ state: 'warning' });
    await keepUp(31);
    const { rows } = await sql`select secret is null as is_gone from ip_salts order by active_from`.execute(
      database.db,
    );
    expect(rows).toEqual([{ is_gone: true }, { is_gone: false }]);
    expect(await database.db.selectFrom('ip_hash_links').selectAll().execute()).toEqual([]);
    await visit('after', 60);
    expect(await journey()).toHaveLength(2);
    const runs = await database.db
      .selectFrom('privacy_runs')
      .selectAll()
      .where('kind', '=', 'rotate')
      .execute();
    expect(runs.some(({ counts }) => JSON.stringify(counts).includes('salts_destroyed'))).toBe(true);
    expect(runs.some(({ actor, note }) => actor === 'test' && note === 'IP_HASH_SALT')).toBe(true);
  });
});
