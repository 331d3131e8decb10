import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receiveUpdate } from '../../src/bot/receive-update.ts';
import { readCsvTable } from '../../src/io/csv-table.ts';
import { openLogger } from '../../src/io/logger.ts';
import { importTable } from '../../src/leads/import/import-table.ts';
import { eraseSubject } from '../../src/privacy/erase-subject.ts';
import { exportSubject } from '../../src/privacy/export-subject.ts';
import { readSubject } from '../../src/privacy/read-subject.ts';
import { SEALED_COLUMNS } from '../../src/privacy/sealed-columns.ts';
import { createClickFinder } from '../../src/projections/click-finder.ts';
import { createEnricher } from '../../src/projections/enrich.ts';
import { buildHotEntry } from '../../src/projections/hot-click.ts';
import { LookupCounts } from '../../src/projections/lookup-counts.ts';
import { openRegistry } from '../../src/settings/registry.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { listColumns, searchDatabase } from '../support/search-database.ts';
import { tools as leadTools } from './leads-world.ts';
import {
  buildSubject,
  countRows,
  listNeedles,
  openPrivacyWorld,
  type PrivacyWorld,
} from './privacy-world.ts';

const ana = buildSubject('anaperson', 1234);
const rui = buildSubject('ruiperson', 5678);

let database: OpenTestDatabase;
let world: PrivacyWorld;
let copy: string;

beforeAll(async () => {
  database = await openTestDatabase();
  world = await openPrivacyWorld(database);
  await world.live(ana);
  await world.live(rui);
  copy = world.copyLog();
});
afterAll(async () => {
  world.close();
  await database.close();
});

const search = (needles: readonly string[]) => searchDatabase(world.db, leadTools.vault, needles);

function ask(subject: string) {
  const name = readSubject(subject);
  if (name === null) throw new Error('not a subject');
  return { workspaceId: world.workspaceId, name, actor: 'test', reason: 'asked for it' };
}

async function importAgain(): Promise<unknown> {
  const csv = readCsvTable(Buffer.from(`nome;email;telefone\n${ana.name};${ana.email};+${ana.phone}\n`));
  if (csv.kind !== 'table') throw new Error('not a table');
  const target = { kind: 'leads', workspaceId: world.workspaceId, domainId: null } as const;
  return importTable({
    ...{ db: world.db, tools: leadTools, timezone: 'America/Sao_Paulo', now: new Date(), ...csv },
    target: { ...target, consentAds: 'granted', isDryRun: false },
    onProgress: () => undefined,
  });
}

async function say(text: string, date: number): Promise<unknown> {
  const registry = await openRegistry({ db: world.db, vault: leadTools.vault, logger: openLogger('silent') });
  const bot = registry.bot(world.botId);
  if (!bot) throw new Error('no bot');
  const none = async () => null;
  const clicks = { byToken: none, newestByFbclid: none, newestByFbclidHash: none };
  const from = { id: ana.telegramId, is_bot: false, first_name: ana.name, username: ana.username };
  const chat = { id: ana.telegramId, type: 'private' as const, first_name: ana.name };
  const message = { message_id: 1, date: Math.floor(date / 1000), chat, from, text };
  const options = {
    db: world.db,
    vault: leadTools.vault,
    registry,
    clicks,
    clock: Date,
    accessOf: () => undefined,
  };
  const answer = await receiveUpdate({ ...options, logger: openLogger('silent') }, bot, {
    update_id: date % 1_000_000,
    message,
  });
  registry.close();
  return answer;
}

describe('a data subject', () => {
  it('stands all over the place before', async () => {
    const hits = await search(listNeedles(ana));
    for (const column of ['leads.email', 'clicks.fbclid', 'bot_users.username', 'gateway_webhooks.body'])
      expect(hits).toContain(column);
    expect(hits.length).toBeGreaterThan(40);
    expect(await world.readLogFiles()).toContain(ana.email);
  });

  it('is given everything by the export, with who was sent what', async () => {
    const result = await exportSubject(world.tools, ask(`telegram:${ana.telegramId}`));
    if (result.kind !== 'exported') throw new Error(result.kind);
    const { records, recipients } = result.data;
    const sources = new Set(records.map(({ source }) => source));
    for (const source of ['bot_users', 'bot_starts', 'clicks', 'payments', 'gateway_webhooks', 'log:main'])
      expect(sources).toContain(source);
    for (const source of ['broadcast_recipients', 'broadcast_opt_outs']) expect(sources).toContain(source);
    const text = JSON.stringify(records);
    for (const needle of [ana.name, ana.username, ana.cpf, ana.ip, ana.fbclid])
      expect(text).toContain(needle);
    expect(recipients).toEqual([
      expect.objectContaining({
        ...{ recipient: 'meta', status: 'success' },
        fields: ['client_ip_address', 'event_name', 'external_id', 'user_data'],
      }),
    ]);
    for (const needle of listNeedles(rui)) expect(text).not.toContain(needle);
  });

  it('is found by e-mail and by phone on the sites', async () => {
    for (const subject of [ana.email.toUpperCase(), `+${ana.phone}`]) {
      const result = await exportSubject(world.tools, ask(subject));
      if (result.kind !== 'exported') throw new Error(result.kind);
      const sources = new Set(result.data.records.map(({ source }) => source));
      for (const source of ['leads', 'lead_stages', 'sessions', 'utm_tracking', 'page_views', 'events'])
        expect(sources).toContain(source);
      expect(JSON.stringify(result.data.records)).toContain(ana.name);
      expect(result.data.recipients).toEqual([expect.objectContaining({ recipient: 'webhook' })]);
    }
  });

  it('is nowhere after the erasure, and nobody else has changed', async () => {
    const before = { rows: await countRows(world.db), rui: await search(listNeedles(rui)) };
    const { rows: money } = await sql`select sum(amount) from payments`.execute(world.db);
    for (const subject of [ana.email, String(ana.telegramId)]) {
      const result = await eraseSubject(world.tools, ask(subject));
      expect(result.kind).toBe('erased');
    }
    expect(await search(listNeedles(ana))).toEqual([]);
    const log = await world.readLogFiles();
    for (const needle of listNeedles(ana)) expect(log).not.toContain(needle);
    expect(world.forgotten).toEqual(expect.arrayContaining([ana.token, ana.fbclid]));
    expect(await search(listNeedles(rui))).toEqual(before.rui);
    expect(log).toContain(rui.email);
    expect(await countRows(world.db)).toEqual(before.rows);
    expect((await sql`select sum(amount) from payments`.execute(world.db)).rows).toEqual(money);
  });

  it('is found in no memory and no store of any machine', async () => {
    const facts = [ana, rui].map((one) => world.facts(one, Date.now() - 60_000)[0]);
    const recent = new Map(
      facts.flatMap((fact) => (fact?.kind === 'click' ? [[fact.token, fact] as const] : [])),
    );
    const entries = [...recent.values()].map((fact) => ({
      json: buildHotEntry(fact).json,
      store: 'redis' as const,
    }));
    const findIn = (memory: typeof recent | null) =>
      createClickFinder({
        ...{ db: world.db, log: world.tools.log, vault: leadTools.vault, ipHashSalt: leadTools.ipHashSalt },
        ...{ recent: memory, enricher: createEnricher({ geo: null }), lookups: new LookupCounts() },
        stores: {
          look: async (token) => ({
            found: entries.find(({ json }) => json.includes(token)) ?? null,
            isSure: true,
          }),
          listByFbclid: async () => entries,
        },
      });
    await world.db
      .updateTable('clicks')
      .set({ tracking_token: '0'.repeat(32) })
      .where('tracking_token', '=', rui.token)
      .execute();
    for (const finder of [findIn(recent), findIn(null)]) {
      expect(await finder.byToken(ana.token)).toBeNull();
      expect(await finder.newestByFbclid(world.workspaceId, ana.fbclid)).toBeNull();
      expect(await finder.byToken(rui.token)).toMatchObject({ fbclid: rui.fbclid });
    }
    await world.db
      .updateTable('clicks')
      .set({ tracking_token: rui.token })
      .where('tracking_token', '=', '0'.repeat(32))
      .execute();
  });

  it('keeps the money and the campaign joined, without the person', async () => {
    const { rows } = await sql`
      select c.utm_campaign, p.amount, p.status, u.id is not null as has_user from payments p
      join clicks c on c.tracking_token = p.tracking_token
      join bot_users u on u.id = p.bot_user_id and u.telegram_user_id = p.customer_user_id
      where u.telegram_user_id < 0`.execute(world.db);
    expect(rows).toEqual([
      expect.objectContaining({
        utm_campaign: 'blackfriday',
        amount: '19.90',
        status: 'paid',
        has_user: true,
      }),
    ]);
  });

  it('does not come back with a replay, whatever of the log is folded again', async () => {
    const rows = await countRows(world.db);
    expect(await world.replay(copy)).toMatchObject({ refused: 0 });
    expect(await search(listNeedles(ana))).toEqual([]);
    expect(await countRows(world.db)).toEqual(rows);
    // The masked log is a log as any other.
    expect(await world.replay(world.copyLog())).toMatchObject({ refused: 0, corrupt: 0 });
    expect(await countRows(world.db)).toEqual(rows);
  });

  it('does not come back with an old file or a late update', async () => {
    expect(await importAgain()).toMatchObject({ report: { saved: 0 } });
    await say('/start', Date.now() - 60_000);
    expect(await search(listNeedles(ana))).toEqual([]);
  });

  it('is erased again without harm', async () => {
    const rows = await countRows(world.db);
    expect(await eraseSubject(world.tools, ask(ana.email))).toMatchObject({ kind: 'erased' });
    expect(await countRows(world.db)).toEqual(rows);
  });

  it('is a new person when it comes again', async () => {
    const again = { ...ana, token: buildSubject('x', 1).token };
    await new Promise((resolve) => setTimeout(resolve, 20));
    await world.record(...world.facts(again, Date.now()));
    await world.drain();
    await say('/start', Date.now() + 2000);
    const hits = await search([ana.email, String(ana.telegramId), again.token]);
    for (const column of ['leads.email', 'bot_users.telegram_user_id', 'clicks.tracking_token'])
      expect(hits).toContain(column);
  });

  it('leaves a proof of what was done', async () => {
    const runs = await world.db
      .selectFrom('privacy_runs')
      .selectAll()
      .where('kind', '=', 'erase')
      .orderBy('started_at')
      .execute();
    expect(runs).toHaveLength(3);
    expect(runs[0]).toMatchObject({ actor: 'test', note: 'asked for it', counts: { leads: 1, sessions: 1 } });
    const looks = await world.db
      .selectFrom('lead_access_log')
      .selectAll()
      .where('action', '=', 'erase')
      .execute();
    expect(looks.map((look) => look.subject_kind)).toEqual(
      expect.arrayContaining(['lead', 'bot_user', 'payment', 'export']),
    );
  });
});

it('knows every sealed column', async () => {
  const sealed = (await listColumns(world.db))
    .filter(({ data_type, table_name }) => data_type === 'bytea' && table_name !== 'api_keys')
    .map(({ table_name, column_name }) => `${table_name}.${column_name}`);
  expect(SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).sort()).toEqual(sealed.sort());
});
