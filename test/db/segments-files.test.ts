import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countAudience } from '../../src/segments/audience/audience-people.ts';
import { exportAudience } from '../../src/segments/audience/export-audience.ts';
import { exportMembers } from '../../src/segments/export-members.ts';
import type { SegmentFilter } from '../../src/segments/filter.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { openPeopleWorld, type PeopleWorld } from './segments-people-world.ts';
import { openSegmentsWorld } from './segments-world.ts';

const EVERYBODY: SegmentFilter = { all: [] };

let database: OpenTestDatabase;
let world: PeopleWorld;

beforeAll(async () => {
  database = await openTestDatabase();
  world = await openPeopleWorld(database);
});
afterAll(() => database.close());

const looking = () => ({
  ...{
    workspaceId: world.site.workspaceId,
    actor: 'key:test',
    action: 'export' as const,
    reason: 'campanha de natal',
  },
});

const byLead = (a: { lead_id: string | null }, b: { lead_id: string | null }): number =>
  world.nameOf(a.lead_id).localeCompare(world.nameOf(b.lead_id));

async function readAll(pieces: AsyncGenerator<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

const listLooks = () =>
  database.db
    .selectFrom('lead_access_log')
    .selectAll()
    .where('workspace_id', '=', world.site.workspaceId)
    .orderBy('accessed_at')
    .orderBy('access_id')
    .execute();

describe('an export', () => {
  const exportLeads = (isClear: boolean, separator: ',' | ';' = ',') =>
    readAll(
      exportMembers(world.parts, {
        ...{ subject: 'leads', question: world.question(EVERYBODY), looking: looking(), isClear, separator },
      }),
    );

  test('is a CSV that Excel reads and no spreadsheet runs, and each person is in the access log', async () => {
    const before = (await listLooks()).length;
    const file = await exportLeads(true);
    expect(file.startsWith('\uFEFFid,domain_id,external_id,name,email,phone,company,')).toBe(true);
    const lines = file.trimEnd().split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain(",Ana Lima,ana@empresa.com.br,'+5511912345678,");
    expect(lines[3]).toContain(",'=1+1,,,'@cmd,");
    const looks = (await listLooks()).slice(before).sort(byLead);
    expect(looks.map((look) => [look.action, look.actor, look.reason, look.fields])).toEqual([
      ['export', 'key:test', 'campanha de natal', ['name', 'email', 'phone']],
      ['export', 'key:test', 'campanha de natal', ['email']],
      ['export', 'key:test', 'campanha de natal', ['name']],
    ]);
    expect(looks.map((look) => world.nameOf(look.lead_id))).toEqual(['ana', 'bia', 'caio']);
  });

  test('masks what is personal for whom may not see it', async () => {
    const file = await exportLeads(false, ';');
    expect(file).toContain(';A*** L***;a***@empresa.com.br;***5678;');
    expect(file).not.toContain('ana@');
    expect((await listLooks()).slice(-3).sort(byLead).at(-1)?.fields).toEqual(['name (masked)']);
  });

  test('of visitors holds nothing personal and is in no access log', async () => {
    const before = (await listLooks()).length;
    const wish = {
      subject: 'visitors' as const,
      question: world.question(EVERYBODY),
      looking: looking(),
      isClear: true,
    };
    const file = await readAll(exportMembers(world.parts, { ...wish, separator: ',' }));
    expect(file.split('\r\n')).toHaveLength(4);
    expect(file).toContain('v-ana');
    expect(await listLooks()).toHaveLength(before);
  });
});

describe('an audience', () => {
  test('holds only who agreed and can be matched, and says how many could not', async () => {
    const wish = {
      subject: 'leads' as const,
      format: 'google' as const,
      question: world.question(EVERYBODY),
    };
    expect(await countAudience(database.db, wish)).toEqual({
      ...{ members: 3, withoutConsent: 1, withoutIdentifier: 1, exported: 1 },
    });
    const before = (await listLooks()).length;
    const file = await readAll(exportAudience(world.parts, { ...wish, looking: looking() }));
    const lines = file.trimEnd().split('\n');
    expect(lines).toEqual([
      'Email,Phone,First Name,Last Name,Country,Zip',
      expect.stringMatching(
        /^[0-9a-f]{64},195563c1d879cb1564e2cdd6d89363ecb1f091ac0eeac094760f06139eae6077,,,,$/,
      ),
    ]);
    const looks = (await listLooks()).slice(before);
    expect(looks.map(({ fields }) => fields)).toEqual([['google audience: Email', 'google audience: Phone']]);
    const meta = await readAll(exportAudience(world.parts, { ...wish, format: 'meta', looking: looking() }));
    const [, line = ''] = meta.split('\n');
    expect(line.split(',')[1]).toBe('eeff2a7b3fdffa242c44700da8293d40c64a070956a3cdac36a4553dd4786704');
    expect(line.split(',').filter((cell) => cell !== '')).toHaveLength(5);
  });

  test('leaves out who took the consent back with a later lead', async () => {
    const wish = { subject: 'leads' as const, format: 'meta' as const, question: world.question(EVERYBODY) };
    const takenBack = world.site.lead({
      ...{ email: 'ANA@empresa.com.br', consentAds: 'denied', createdAt: new Date('2026-11-20T12:00:00Z') },
    });
    await world.site.save(takenBack);
    expect(await countAudience(database.db, wish)).toMatchObject({ withoutConsent: 3, exported: 0 });
    await database.db.deleteFrom('leads').where('lead_id', '=', takenBack.leadId).execute();
    expect(await countAudience(database.db, wish)).toMatchObject({ exported: 1 });
  });

  test('of bot users goes to Meta by external id, to Google not at all', async () => {
    const bots = await openSegmentsWorld(database);
    await bots.person({ user: 41, click: { consent: 'granted' }, columns: { geo_country: 'BR' } });
    await bots.person({ user: 42, click: { consent: 'pending' } });
    await bots.person({ user: 43 }); // the workspace's default
    const gone = '2020-01-01T00:00:00Z'; // its click was archived: a refusal may have gone with it
    await bots.person({ user: 44, columns: { tracking_session_id: 'a'.repeat(32), click_timestamp: gone } });
    const own = { workspaceId: bots.workspaceId, filter: EVERYBODY, zone: 'UTC' };
    const wish = { subject: 'bot_users' as const, question: own };
    expect(await countAudience(database.db, { ...wish, format: 'meta' })).toEqual({
      ...{ members: 4, withoutConsent: 2, withoutIdentifier: 0, exported: 2 },
    });
    expect(await countAudience(database.db, { ...wish, format: 'google' })).toEqual({
      ...{ members: 4, withoutConsent: 2, withoutIdentifier: 2, exported: 0 },
    });
    const who = { ...looking(), workspaceId: bots.workspaceId };
    const file = await readAll(exportAudience(world.parts, { ...wish, format: 'meta', looking: who }));
    const ids = file
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').at(-1));
    expect(ids).toEqual([
      '3d914f9348c9cc0ff8a79716700b9fcd4d2f3e711608004eb8f138bcba7f14d9',
      '44cb730c420480a0477b505ae68af508fb90f96cf0ec54c6ad16949dd427f13a',
    ]);
  });
});
