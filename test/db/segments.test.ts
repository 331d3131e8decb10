import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildId } from '../../src/domain/ids.ts';
import { CATALOGUE } from '../../src/segments/catalogue.ts';
import type { Condition, SegmentFilter, Subject } from '../../src/segments/filter.ts';
import { SUBJECTS } from '../../src/segments/filter.ts';
import { listOperators } from '../../src/segments/operators.ts';
import { readFilter } from '../../src/segments/read-filter.ts';
import { buildBotUserQuery, buildLeadQuery, buildVisitorQuery } from '../../src/segments/segment-query.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { openSegmentsWorld, type SegmentsWorld } from './segments-world.ts';

const PRODUCT = buildId();
// 22:30 of 21 November in São Paulo.
const NOW = new Date('2026-11-22T01:30:00Z');

let database: OpenTestDatabase;
let world: SegmentsWorld;
const names = new Map<string, string>();

beforeAll(async () => {
  database = await openTestDatabase();
  world = await openSegmentsWorld(database);
  const stranger = await openSegmentsWorld(database);
  await seed(world);
  await stranger.person({ user: 1, columns: { geo_country: 'BR', utm_campaign: 'natal' } });
});
afterAll(() => database.close());

async function seed({ person }: SegmentsWorld): Promise<void> {
  const keep = async (name: string, id: Promise<string>) => names.set(await id, name);
  await keep(
    'ana',
    person({
      user: 1,
      columns: {
        ...{
          geo_country: 'BR',
          geo_state: 'SP',
          geo_city: 'São Paulo',
          device_type: 'iPhone',
          os_name: 'iOS',
        },
        ...{ browser_name: 'Instagram', is_mobile: true, is_bot_detected: false, utm_source: 'meta' },
        ...{ utm_campaign: 'natal_100%', fbclid: 'abc', matched_by: 'token', language_code: 'pt-BR' },
        ...{ first_interaction: '2026-11-22T01:00:00Z', last_interaction: '2026-11-22T01:00:00Z' },
      },
      click: { in_app: 'instagram', consent: 'granted' },
      scores: { bot: 0, fraud: 10, isSuspicious: false },
      payments: [
        { amount: '10.00', paidAt: '2026-10-23T02:59:59Z', productId: PRODUCT },
        { amount: '15.50', paidAt: '2026-10-24T03:00:00Z' },
        { amount: '500.00', paidAt: '2026-11-20T00:00:00Z', currency: 'USD', status: 'refunded' },
      ],
    }),
  );
  await keep(
    'bia',
    person({
      user: 2,
      columns: {
        ...{
          geo_country: 'BR',
          geo_state: 'MG',
          geo_city: 'Belo Horizonte',
          device_type: 'PC',
          os_name: 'Windows',
        },
        ...{ browser_name: 'Chrome', is_mobile: false, is_bot_detected: true, utm_source: 'google' },
        ...{ utm_campaign: 'natal_100x', gclid: 'g', first_interaction: '2026-11-20T03:00:00Z' },
      },
      click: { consent: 'denied' },
      scores: { bot: 80, fraud: 70, isSuspicious: true },
      payments: [{ amount: '99.00', paidAt: '2026-09-01T00:00:00Z' }],
    }),
  );
  await keep('caio', person({ user: 3, columns: { geo_country: 'PT', is_blocked: true } }));
  await keep('duda', person({ user: 4 }));
  const said = { workspace_id: world.workspaceId, bot_id: world.botId, opted_out_at: NOW };
  await database.db
    .insertInto('broadcast_opt_outs')
    .values([
      { ...said, telegram_user_id: 1, ended_at: NOW },
      { ...said, telegram_user_id: 2 },
    ])
    .execute();
  await person({ user: -5, columns: { geo_country: 'BR', telegram_user_id: -5 } }); // erased
}

async function find(filter: SegmentFilter): Promise<string[]> {
  const checked = readFilter(filter, 'bot_users');
  if (checked.kind === 'bad') throw new Error(JSON.stringify(checked.errors));
  const { workspaceId } = world;
  const question = { workspaceId, filter: checked.filter, zone: 'America/Sao_Paulo', now: NOW };
  const rows = await buildBotUserQuery(database.db, question).execute();
  return rows.map(({ id }) => names.get(id) ?? '?').sort();
}

const is = (field: string, op: Condition['op'], value?: Condition['value']): Condition =>
  value === undefined ? { field, op } : { field, op, value };

const ALL = ['ana', 'bia', 'caio', 'duda'];

describe('bot users', () => {
  test.each<[Condition, string[]]>([
    [is('country', 'is', 'BR'), ['ana', 'bia']],
    [is('country', 'is_not', 'BR'), ['caio', 'duda']],
    [is('country', 'in', ['BR', 'PT']), ['ana', 'bia', 'caio']],
    [is('country', 'not_in', ['BR', 'PT']), ['duda']],
    [is('country', 'is_set'), ['ana', 'bia', 'caio']],
    [is('country', 'is_not_set'), ['duda']],
    [is('state', 'in', ['SP', 'RJ']), ['ana']],
    [is('city', 'is', 'são paulo'), ['ana']],
    [is('city', 'starts_with', 'belo'), ['bia']],
    [is('device', 'is', 'iphone'), ['ana']],
    [is('browser', 'contains', 'GRAM'), ['ana']],
    [is('os', 'not_contains', 'win'), ['ana', 'caio', 'duda']],
    [is('is_mobile', 'is', true), ['ana']],
    [is('is_mobile', 'is', false), ['bia']],
    [is('is_mobile', 'is_not_set'), ['caio', 'duda']],
    [is('in_app', 'is', 'instagram'), ['ana']],
    [is('in_app', 'is_set'), ['ana']],
    [is('in_app', 'is_not', 'instagram'), ['bia', 'caio', 'duda']],
    [is('utm_source', 'in', ['meta', 'google']), ['ana', 'bia']],
    [is('utm_campaign', 'contains', '100%'), ['ana']],
    [is('utm_campaign', 'starts_with', 'natal_'), ['ana', 'bia']],
    [is('click_id', 'is', 'fbclid'), ['ana']],
    [is('click_id', 'in', ['gclid', 'wbraid']), ['bia']],
    [is('click_id', 'is_set'), ['ana', 'bia']],
    [is('click_id', 'is_not', 'fbclid'), ['bia', 'caio', 'duda']],
    [is('matched_by', 'is', 'token'), ['ana']],
    [is('language', 'is', 'PT-br'), ['ana']],
    [is('bot_score', 'at_least', 80), ['bia']],
    [is('bot_score', 'is', 0), ['ana']],
    [is('bot_score', 'is_not', 0), ['bia', 'caio', 'duda']],
    [is('bot_score', 'is_not_set'), ['caio', 'duda']],
    [is('fraud_score', 'between', [10, 69]), ['ana']],
    [is('fraud_score', 'more_than', 10), ['bia']],
    [is('is_suspicious', 'is', true), ['bia']],
    [is('is_suspicious', 'is', false), ['ana', 'caio', 'duda']],
    [is('is_bot', 'is', true), ['bia']],
    [is('is_bot', 'is', false), ['ana', 'caio', 'duda']],
    [is('is_blocked', 'is', true), ['caio']],
    [is('has_opted_out', 'is', true), ['bia']],
    [is('has_opted_out', 'is', false), ['ana', 'caio', 'duda']],
    [is('has_purchased', 'is', true), ['ana', 'bia']],
    [is('has_purchased', 'is', false), ['caio', 'duda']],
    [is('purchase_count', 'at_least', 2), ['ana']],
    [is('purchase_count', 'less_than', 1), ['caio', 'duda']],
    [is('purchase_total', 'at_most', '25.50'), ['ana', 'caio', 'duda']],
    [is('purchase_total', 'between', ['25.50', '99']), ['ana', 'bia']],
    [is('product_id', 'is', PRODUCT), ['ana']],
    [is('last_purchase_at', 'is_not_set'), ['caio', 'duda']],
    [is('last_purchase_at', 'on', '2026-10-24'), ['ana']],
    [is('last_purchase_at', 'before', '2026-10-24'), ['bia']],
    [is('last_purchase_at', 'in_last_days', 29), ['ana']],
    [is('last_purchase_at', 'in_last_days', 28), []],
    [is('last_purchase_at', 'not_in_last_days', 28), ALL],
    [is('first_interaction_at', 'on', '2026-11-21'), ['ana']],
    [is('first_interaction_at', 'in_last_days', 1), ['ana']],
    [is('first_interaction_at', 'in_last_days', 2), ['ana', 'bia']],
    [is('first_interaction_at', 'between', ['2026-11-01', '2026-11-20']), ['bia', 'caio', 'duda']],
    [is('first_interaction_at', 'on_or_after', '2026-11-20T03:00:00Z'), ['ana', 'bia']],
    [is('first_interaction_at', 'before', '2026-11-20T00:00:00-03:00'), ['caio', 'duda']],
    [is('first_interaction_at', 'between', ['2026-11-20T03:00:00Z', '2026-11-20T03:00:00Z']), ['bia']],
    [is('consent', 'is', 'granted'), ['ana', 'caio', 'duda']], // who came by no click: the workspace's default
    [is('consent', 'is_not', 'granted'), ['bia']],
  ])('%j finds %j', async (condition, expected) => {
    expect(await find(condition)).toEqual(expected);
  });

  test('groups nest, and "not" finds also those of whom nothing is known', async () => {
    const brazil = is('country', 'is', 'BR');
    expect(await find({ all: [] })).toEqual(ALL);
    expect(await find({ any: [] })).toEqual([]);
    expect(await find({ not: brazil })).toEqual(['caio', 'duda']);
    expect(await find({ not: { not: brazil } })).toEqual(['ana', 'bia']);
    expect(await find({ not: { any: [brazil, is('is_mobile', 'is', true)] } })).toEqual(['caio', 'duda']);
    expect(await find({ all: [brazil, { not: is('is_bot', 'is', true) }] })).toEqual(['ana']);
    const either = { any: [is('country', 'is', 'PT'), { all: [brazil, is('state', 'is', 'SP')] }] };
    expect(await find(either)).toEqual(['ana', 'caio']);
    expect(await find({ not: either })).toEqual(['bia', 'duda']);
  });

  test('ids of the workspace’s own bot and pool', async () => {
    expect(await find(is('bot_id', 'is', world.botId))).toEqual(ALL);
    expect(await find(is('bot_id', 'is', buildId()))).toEqual([]);
    expect(await find(is('pool_id', 'in', [world.poolId, buildId()]))).toEqual(['ana', 'bia']);
  });
});

const QUERIES = { bot_users: buildBotUserQuery, leads: buildLeadQuery, visitors: buildVisitorQuery } as const;

describe.each(SUBJECTS)('%s', (subject: Subject) => {
  const conditions = CATALOGUE[subject].flatMap((field) =>
    listOperators(field).map(
      (op): Condition => ({
        field: field.name,
        op,
        ...sampleValue(field.type, op, field.choices?.[0]?.value),
      }),
    ),
  );

  test('every operator of every field is a query that runs', async () => {
    for (const condition of conditions) {
      const checked = readFilter({ not: condition }, subject);
      expect(checked, JSON.stringify(condition)).toMatchObject({ kind: 'ok' });
      if (checked.kind === 'bad') continue;
      const question = { workspaceId: world.workspaceId, filter: checked.filter, zone: 'America/Sao_Paulo' };
      const rows = await QUERIES[subject](database.db, question).execute();
      expect(Array.isArray(rows), JSON.stringify(condition)).toBe(true);
    }
  });
});

function sampleValue(
  type: string,
  op: Condition['op'],
  choice: string | undefined,
): { value?: NonNullable<Condition['value']> } {
  if (op === 'is_set' || op === 'is_not_set') return {};
  if (op === 'in_last_days' || op === 'not_in_last_days') return { value: 30 };
  const one = {
    text: 'BR',
    choice: choice ?? '',
    id: PRODUCT,
    flag: true,
    number: 1,
    money: '1.50',
    time: '2026-11-01',
  }[type];
  if (one === undefined) throw new Error(`no sample of ${type}`);
  if (op === 'in' || op === 'not_in') return { value: [String(one), String(one)] };
  if (op === 'between') return { value: typeof one === 'number' ? [one, one] : [String(one), String(one)] };
  return { value: one };
}
