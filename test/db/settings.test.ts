import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildId } from '../../src/domain/ids.ts';
import { openDatabase } from '../../src/io/database.ts';
import { openLogger } from '../../src/io/logger.ts';
import { openVault } from '../../src/io/vault.ts';
import { createApiKey, revokeApiKey } from '../../src/settings/api-keys.ts';
import { removeBot, saveBot } from '../../src/settings/bots.ts';
import { prepareFirstStart } from '../../src/settings/first-start.ts';
import {
  findGatewayAccount,
  saveGatewayAccount,
  updateGatewayAccount,
} from '../../src/settings/gateway-accounts.ts';
import { createKeyVerifier } from '../../src/settings/key-verifier.ts';
import { removePool, savePool, updatePool } from '../../src/settings/pools.ts';
import { openRegistry } from '../../src/settings/registry.ts';
import { openSignIn } from '../../src/settings/sign-in.ts';
import { saveWorkspace } from '../../src/settings/workspaces.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';

const logger = openLogger('silent');
const vault = openVault({ key: 'settings-test-key-settings-test-key' });
let database: OpenTestDatabase;
let dataDir: string;
let workspaceId: string;

beforeAll(async () => {
  database = await openTestDatabase();
  dataDir = mkdtempSync(join(tmpdir(), 'rastro-settings-'));
  workspaceId = (await saveWorkspace(database.db, { name: 'Loja' })).workspace_id;
});

afterAll(async () => {
  await database.close();
  rmSync(dataDir, { recursive: true, force: true });
});

let nextTelegramId = 1000;

function makeBot() {
  nextTelegramId += 1;
  return saveBot(database.db, vault, {
    workspaceId,
    name: 'Bot',
    token: `${nextTelegramId}:AAA-secret-token`,
    telegramBotId: String(nextTelegramId),
    username: `bot_${nextTelegramId}`,
    delivery: 'webhook',
  });
}

function makePool(slug: string, botId: string) {
  return savePool(database.db, vault, {
    workspaceId,
    fields: { slug, name: slug, meta_tracking_enabled: true },
    bots: [{ botId, weight: 3, isEnabled: true }],
    pixel: { pixelId: '111', accessToken: 'pixel-token', testEventCode: undefined },
  });
}

const open = (options: { dataDir?: string } = {}) =>
  openRegistry({ db: database.db, vault, logger, ...options });

describe('the registry', () => {
  test('follows a change of another process within a second', async () => {
    const registry = await open();
    const bot = await makeBot();
    await waitFor('the bot', () => registry.bot(bot.bot_id) !== undefined);
    expect(registry.bot(bot.bot_id)?.token).toMatch(/AAA-secret-token$/);
    registry.close();
  });

  test('gives a pool with its active bots, its pixel and its destinations', async () => {
    const [bot, idle] = [await makeBot(), await makeBot()];
    const pool = await makePool('with-bots', bot.bot_id);
    await updatePool(database.db, vault, {
      workspaceId,
      poolId: pool.pool_id,
      fields: {},
      bots: [
        { botId: bot.bot_id, weight: 3, isEnabled: true },
        { botId: idle.bot_id, weight: 1, isEnabled: true },
      ],
      pixel: {},
    });
    await database.db
      .updateTable('bots')
      .set({ is_active: false })
      .where('bot_id', '=', idle.bot_id)
      .execute();
    const registry = await open();
    const edge = registry.poolBySlug('with-bots');
    expect(edge?.bots).toEqual([{ botId: bot.bot_id, username: bot.username, weight: 3, isEnabled: true }]);
    expect(edge?.meta).toMatchObject({ pixelId: '111', sendPageView: true });
    const destinations = registry.destinationsFor({ workspaceId, poolId: pool.pool_id });
    expect(destinations).toMatchObject([
      { platform: 'meta', credentials: { access_token: 'pixel-token' }, settings: { pixel_id: '111' } },
    ]);
    expect(registry.destinationsFor({ workspaceId: buildId(), poolId: pool.pool_id })).toEqual([]);
    registry.close();
  });

  test('starts from the snapshot when the database is away, and the file holds no secret', async () => {
    const bot = await makeBot();
    await makePool('in-snapshot', bot.bot_id);
    (await open({ dataDir })).close();
    const file = join(dataDir, 'settings-snapshot.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toMatch(/secret-token|pixel-token/);

    const away = await openDatabase({ kind: 'postgres', url: 'postgres://nobody@127.0.0.1:1/none' });
    const registry = await openRegistry({ db: away.db, vault, logger, dataDir });
    expect(registry.source).toBe('snapshot');
    expect(registry.poolBySlug('in-snapshot')?.bots[0]?.username).toBe(bot.username);
    await expect(registry.refresh()).rejects.toThrow();
    expect(registry.poolBySlug('in-snapshot')).toBeDefined();
    registry.close();
    await away.close();
  });

  test('leaves out what was sealed with another key and keeps the rest', async () => {
    const bot = await makeBot();
    const other = openVault({ key: 'another-key-another-key-another-key' });
    const foreign = await saveBot(database.db, other, {
      workspaceId,
      name: 'Foreign',
      token: '1:x',
      telegramBotId: '77',
      username: 'foreign',
      delivery: 'webhook',
    });
    const registry = await open();
    expect(registry.bot(foreign.bot_id)).toBeUndefined();
    expect(registry.bot(bot.bot_id)).toBeDefined();
    registry.close();
  });
});

describe('a pool’s pixel', () => {
  const find = (poolId: string) =>
    database.db.selectFrom('destinations').selectAll().where('pool_id', '=', poolId).executeTakeFirst();
  const change = (poolId: string, fields: object, pixel: object) =>
    updatePool(database.db, vault, { workspaceId, poolId, fields, bots: undefined, pixel });

  test('is kept in step with the pool', async () => {
    const pool = await makePool('pixel', (await makeBot()).bot_id);
    expect(await find(pool.pool_id)).toMatchObject({ is_active: true, settings: { pixel_id: '111' } });
    await change(pool.pool_id, {}, { testEventCode: 'TEST1', pixelId: '222' });
    expect((await find(pool.pool_id))?.settings).toEqual({ pixel_id: '222', test_event_code: 'TEST1' });
    await change(pool.pool_id, { meta_tracking_enabled: false }, {});
    expect(await find(pool.pool_id)).toMatchObject({ is_active: false });
    await change(pool.pool_id, { meta_tracking_enabled: true }, { accessToken: null });
    expect(await find(pool.pool_id)).toMatchObject({ is_active: false });
    await change(pool.pool_id, {}, { pixelId: null });
    expect(await find(pool.pool_id)).toBeUndefined();
  });

  test('goes with a pool that is deleted, and never becomes everybody’s', async () => {
    const pool = await makePool('gone', (await makeBot()).bot_id);
    const destination = await find(pool.pool_id);
    expect(await removePool(database.db, { workspaceId, poolId: pool.pool_id })).toBe('deleted');
    const query = database.db.selectFrom('destinations').select('pool_id');
    const left = await query.where('destination_id', '=', destination?.destination_id ?? '').execute();
    expect(left).toEqual([]);
  });
});

describe('removal', () => {
  test('deletes an unused bot and only switches off one with clicks', async () => {
    const [unused, used] = [await makeBot(), await makeBot()];
    const count = { pool_id: buildId(), bot_id: used.bot_id, workspace_id: workspaceId, total_redirects: 1 };
    await database.db.insertInto('redirect_counts').values(count).execute();
    expect(await removeBot(database.db, { workspaceId, botId: unused.bot_id })).toBe('deleted');
    expect(await removeBot(database.db, { workspaceId, botId: used.bot_id })).toBe('deactivated');
    expect(await removeBot(database.db, { workspaceId: buildId(), botId: used.bot_id })).toBe('unknown');
  });
});

describe('gateway accounts', () => {
  test('the first is the default, and the flag moves', async () => {
    const account = { workspaceId, gateway: 'sandbox', name: '', credentials: {}, isDefault: false };
    const first = await saveGatewayAccount(database.db, vault, account);
    const second = await saveGatewayAccount(database.db, vault, account);
    expect([first.is_default, second.is_default]).toEqual([true, false]);
    const key = { workspaceId, accountId: second.account_id };
    const moved = await updateGatewayAccount(database.db, vault, { ...key, changes: { isDefault: true } });
    expect(moved?.is_default).toBe(true);
    const before = await findGatewayAccount(database.db, { workspaceId, accountId: first.account_id });
    expect(before?.is_default).toBe(false);
  });

  test('several first ones at once leave exactly one default', async () => {
    const own = (await saveWorkspace(database.db, { name: 'Several' })).workspace_id;
    const account = { workspaceId: own, gateway: 'sandbox', name: '', credentials: {}, isDefault: true };
    const rows = await Promise.all([1, 2, 3].map(() => saveGatewayAccount(database.db, vault, account)));
    expect(rows).toHaveLength(3);
    const query = database.db.selectFrom('gateway_accounts').select('account_id');
    const defaults = await query.where('workspace_id', '=', own).where('is_default', '=', true).execute();
    expect(defaults).toHaveLength(1);
  });
});

describe('API keys', () => {
  test('are found by their text, kept as a hash, and gone when revoked', async () => {
    let now = Date.parse('2026-11-01T00:00:00Z');
    const keys = createKeyVerifier({ db: database.db, clock: { now: () => now } });
    const { keyId, key } = await createApiKey(database.db, { workspaceId, name: 'k', scope: 'read' });
    expect(await keys.verify(key)).toMatchObject({ key_id: keyId, scope: 'read' });
    expect(await keys.verify(`${key}x`)).toBeUndefined();
    const stored = await database.db.selectFrom('api_keys').selectAll().where('key_id', '=', keyId).execute();
    expect(JSON.stringify(stored)).not.toContain(key);
    await revokeApiKey(database.db, { workspaceId, keyId, at: new Date(now) });
    now += 6000;
    expect(await keys.verify(key)).toBeUndefined();
  });
});

describe('the first start', () => {
  test('makes owner and key once, however often it runs', async () => {
    const { db } = database;
    const signIn = openSignIn({ db, secret: 's'.repeat(40), publicUrl: 'http://localhost:1', logger });
    const options = {
      db,
      signIn,
      adminEmail: 'Dona@Example.com',
      adminPassword: null,
      bootstrapApiKey: 'boot-key-123',
    };
    const starts = await Promise.all([prepareFirstStart(options), prepareFirstStart(options)]);
    const owners = starts.flatMap((start) => start.owner ?? []);
    expect(owners).toEqual([
      { email: 'Dona@Example.com', password: expect.stringMatching(/^(\w{5}-){3}\w{5}$/) },
    ]);
    expect(new Set(starts.map((start) => start.workspaceId)).size).toBe(1);
    const keys = createKeyVerifier({ db, clock: { now: () => 0 } });
    expect(await keys.verify('boot-key-123')).toMatchObject({ scope: 'admin' });
    expect(await db.selectFrom('users').select('email').execute()).toEqual([{ email: 'dona@example.com' }]);
  });
});
