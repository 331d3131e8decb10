import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildId } from '../../src/domain/ids.ts';
import type { Condition, SegmentFilter, Subject } from '../../src/segments/filter.ts';
import { countMembers, MEMBER_KINDS } from '../../src/segments/members/members.ts';
import { buildLeadQuery, buildVisitorQuery } from '../../src/segments/segment-query.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { openPeopleWorld, type PeopleWorld } from './segments-people-world.ts';

const EVERYBODY: SegmentFilter = { all: [] };
const is = (field: string, op: Condition['op'], value?: Condition['value']): Condition =>
  value === undefined ? { field, op } : { field, op, value };

let database: OpenTestDatabase;
let world: PeopleWorld;

beforeAll(async () => {
  database = await openTestDatabase();
  world = await openPeopleWorld(database);
});
afterAll(() => database.close());

const findLeads = async (filter: SegmentFilter): Promise<string[]> => {
  const rows = await buildLeadQuery(database.db, world.question(filter)).execute();
  return rows.map(({ id }) => world.nameOf(id)).sort();
};

describe('leads', () => {
  test.each<[Condition, string[]]>([
    [is('utm_source', 'is', 'meta'), ['ana']],
    [is('utm_campaign', 'is_not', 'natal'), ['bia', 'caio']],
    [is('click_id', 'is', 'fbclid'), ['ana']],
    [is('click_id', 'is_not_set'), ['bia', 'caio']],
    [is('device', 'is', 'mobile'), ['ana']],
    [is('form', 'is', 'topo'), ['ana']],
    [is('stage', 'is', 'won'), ['ana']],
    [is('stage', 'in', ['new', 'lost']), ['bia', 'caio']],
    [is('stage_changed_at', 'is_set'), ['ana', 'bia']],
    [is('has_purchased', 'is', true), ['ana']],
    [is('purchase_total', 'at_least', '199.90'), ['ana']],
    [is('purchase_count', 'is', 0), ['bia', 'caio']],
    [is('email_domain', 'is', 'GMAIL.com'), ['bia']],
    [is('is_business_email', 'is', true), ['ana']],
    [is('has_email', 'is', false), ['caio']],
    [is('has_phone', 'is', true), ['ana']],
    [is('has_company', 'is', true), ['caio']],
    [is('lead_score', 'at_least', 0), ['ana', 'bia', 'caio']],
    [is('is_bot', 'is', true), []],
    [is('country', 'is', 'BR'), ['ana']],
    [is('country', 'is_not_set'), ['bia', 'caio']],
    [is('is_suspicious', 'is', true), ['bia']],
    [is('fraud_score', 'at_least', 70), ['bia']],
    [is('bot_score', 'is_set'), ['ana', 'bia']],
    [is('is_duplicate', 'is', false), ['ana', 'bia', 'caio']],
    [is('consent', 'is', 'denied'), ['bia']],
    [is('created_at', 'between', ['2026-11-11', '2026-11-12']), ['bia', 'caio']],
    [is('domain_id', 'is_set'), ['ana', 'bia', 'caio']],
  ])('%j finds %j', async (condition, expected) => {
    expect(await findLeads(condition)).toEqual(expected);
  });

  test('are listed in order, page by page', async () => {
    const { list } = MEMBER_KINDS.leads;
    const first = await list(world.parts, world.question(EVERYBODY), { limit: 2 });
    const rest = await list(world.parts, world.question(EVERYBODY), { after: first.at(-1)?.place, limit: 2 });
    expect([...first, ...rest].map(({ id }) => world.nameOf(id))).toEqual(['ana', 'bia', 'caio']);
    expect(first[0]?.cells).toMatchObject({
      ...{ name: 'Ana Lima', email: 'ana@empresa.com.br', phone: '+5511912345678', stage: 'won' },
      ...{ purchase_total: '199.90', utm_campaign: 'natal', device: 'mobile', consent: 'granted' },
    });
  });
});

describe('visitors', () => {
  test.each<[Condition, number]>([
    [is('utm_campaign', 'is', 'natal'), 1],
    [is('utm_campaign', 'is_not', 'natal'), 1],
    [is('click_id', 'in', ['fbclid', 'gclid']), 1],
    [is('device', 'is', 'mobile'), 1],
    [is('is_bot', 'is', true), 1],
    [is('is_lead', 'is', true), 1],
    [is('stage', 'is', 'won'), 1],
    [is('stage', 'is_not_set'), 1],
    [is('has_purchased', 'is', true), 1],
    [is('purchase_total', 'more_than', '199'), 1],
    [is('consent', 'is', 'denied'), 1],
    [is('consent', 'is', 'granted'), 1],
    [is('sessions', 'at_least', 1), 2],
    [is('page_views', 'between', [2, 2]), 1],
    [is('last_visit_at', 'on', '2026-11-10'), 2],
    [is('domain_id', 'not_in', [buildId()]), 2],
  ])('%j finds %i', async (condition, expected) => {
    const rows = await buildVisitorQuery(database.db, world.question(condition)).execute();
    expect(rows).toHaveLength(expected);
  });
});

test.each<[Subject, number]>([
  ['leads', 3],
  ['visitors', 2],
  ['bot_users', 0],
])('a workspace counts only its own %s', async (subject, count) => {
  expect(await countMembers(database.db, subject, world.question(EVERYBODY))).toBe(count);
  const stranger = { workspaceId: buildId(), filter: EVERYBODY, zone: 'UTC' };
  expect(await countMembers(database.db, subject, stranger)).toBe(0);
});
