import { type CompiledQuery, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportMembers, PAGE_SIZE } from '../../src/segments/export-members.ts';
import type { Condition, SegmentFilter } from '../../src/segments/filter.ts';
import { buildBotUserQuery } from '../../src/segments/segment-query.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { tools } from './leads-world.ts';
import { openSegmentsWorld, type SegmentsWorld } from './segments-world.ts';

const PEOPLE = 6_000;
let database: OpenTestDatabase;
let world: SegmentsWorld;

beforeAll(async () => {
  database = await openTestDatabase();
  world = await openSegmentsWorld(database);
  await database.db.transaction().execute(async (tx) => {
    // Without triggers: no profile is asked for.
    await sql`set local session_replication_role = replica`.execute(tx);
    await sql`insert into bot_users (id, workspace_id, bot_id, telegram_user_id, chat_id, first_interaction,
        last_interaction, geo_country, geo_state, utm_campaign)
      select gen_random_uuid(), ${world.workspaceId}, ${world.botId}, n, n, now() - n * interval '1 hour', now(),
        (array['BR', 'PT', 'US', 'AR'])[1 + n % 4], 'S' || n % 50, 'campaign ' || n % 500
      from generate_series(1, ${PEOPLE}::int) n`.execute(tx);
  });
  await sql`analyze bot_users`.execute(database.db);
});
afterAll(() => database.close());

const question = (filter: SegmentFilter) => ({
  workspaceId: world.workspaceId,
  filter,
  zone: 'America/Sao_Paulo',
});

async function explain(query: CompiledQuery): Promise<string> {
  const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(`explain ${query.sql}`, [
    ...query.parameters,
  ]);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

test.each<[Condition, string]>([
  [{ field: 'utm_campaign', op: 'is', value: 'campaign 7' }, 'bot_users_campaign'],
  [{ field: 'first_interaction_at', op: 'in_last_days', value: 7 }, 'bot_users_first_interaction'],
])('%j goes by the index %s', async (condition, index) => {
  expect(await explain(buildBotUserQuery(database.db, question(condition)).compile())).toContain(index);
});

test('a country and a state go by an index together', async () => {
  const filter = {
    all: [
      { field: 'country', op: 'is', value: 'BR' },
      { field: 'state', op: 'is', value: 'S7' },
    ],
  } as const;
  expect(await explain(buildBotUserQuery(database.db, question(filter)).compile())).toMatch(
    /bot_users_(place|geo_state)/,
  );
});

test('an export holds a page in memory at a time, and everybody is in it once', async () => {
  const looking = { workspaceId: world.workspaceId, actor: 'cli', action: 'export', reason: 'test' } as const;
  const wish = { subject: 'bot_users', question: question({ all: [] }), looking, isClear: true } as const;
  const ids = new Set<string>();
  let longest = 0;
  for await (const piece of exportMembers(
    { db: database.db, vault: tools.vault },
    { ...wish, separator: ',' },
  )) {
    const lines = piece.trimEnd().split('\r\n');
    longest = Math.max(longest, lines.length);
    for (const line of lines) ids.add(line.slice(0, 36));
  }
  expect(longest).toBeLessThanOrEqual(PAGE_SIZE + 1);
  expect(ids.size).toBe(PEOPLE + 1); // and the header
  const { looks } = await database.db
    .selectFrom('lead_access_log')
    .select(({ fn }) => fn.countAll<string>().as('looks'))
    .where('workspace_id', '=', world.workspaceId)
    .executeTakeFirstOrThrow();
  expect(Number(looks)).toBe(PEOPLE);
});
