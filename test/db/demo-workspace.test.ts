import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLogger } from '../../src/io/logger.ts';
import { openVault } from '../../src/io/vault.ts';
import { savePool } from '../../src/settings/pools.ts';
import { openRegistry } from '../../src/settings/registry.ts';
import type { TelegramSetup } from '../../src/settings/telegram-setup.ts';
import type { Registry } from '../../src/settings/types.ts';
import { saveWorkspace } from '../../src/settings/workspaces.ts';
import { DEMO_PIXEL_ID, type DemoOptions, prepareDemo } from '../../src/simulators/demo-workspace.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';

const vault = openVault({ key: 'a key of these tests, long enough' });
const webhooks: string[] = [];
const telegram: TelegramSetup = {
  isRealTelegram: false,
  getMe: async () => ({ kind: 'refused', detail: 'not asked here' }),
  setWebhook: async ({ url }) => {
    webhooks.push(url);
    return { kind: 'set' };
  },
  deleteWebhook: async () => ({ kind: 'set' }),
};

let database: OpenTestDatabase;
let registry: Registry;
let options: DemoOptions;

beforeAll(async () => {
  database = await openTestDatabase();
  registry = await openRegistry({ db: database.db, vault, logger: openLogger('silent') });
  options = {
    db: database.db,
    vault,
    registry,
    telegram,
    botToken: '4000000000001:AAtest',
    metaToken: 'EAAtest',
    publicUrl: 'http://localhost:8080',
    loopbackUrl: 'http://127.0.0.1:8080',
  };
});

afterAll(async () => {
  registry.close();
  await database.close();
});

test('a person’s own link named demo stays theirs, and the demonstration takes another', async () => {
  const { workspace_id: workspaceId } = await saveWorkspace(database.db, { name: 'Demonstração' });
  await savePool(database.db, vault, {
    workspaceId,
    fields: { slug: 'demo', name: 'A minha' },
    bots: [],
    pixel: {},
  });
  const demo = await prepareDemo(options);
  expect(demo.slug).toBe('rastro-demo');
  expect(registry.workspace(demo.workspaceId)).toMatchObject({ name: 'Demonstração (Rastro)', isDemo: true });
  expect(registry.poolBySlug('rastro-demo')).toMatchObject({
    isDemo: true,
    meta: { pixelId: DEMO_PIXEL_ID },
  });
  expect(registry.poolBySlug('demo')).toMatchObject({ isDemo: false, workspaceId });
});

test('every later start finds it as it was, at the server’s address of today', async () => {
  const first = await prepareDemo(options);
  const botId = registry.poolBySlug(first.slug)?.bots[0]?.botId ?? '';
  const again = await prepareDemo({
    ...options,
    publicUrl: 'https://loja.example',
    botToken: '4000000000001:AAnew',
  });
  expect(again).toEqual(first);
  const products = registry.productsOf(botId);
  expect(products.map((product) => product.deliveryUrl)).toEqual([
    'https://loja.example/try/product/curso',
    'https://loja.example/try/product/ebook',
  ]);
  expect(registry.bot(botId)).toMatchObject({ token: '4000000000001:AAnew', isSimulated: true });
  expect(registry.defaultAccount(first.workspaceId)).toMatchObject({ gateway: 'sandbox' });
  expect(webhooks.at(-1)).toBe(`http://127.0.0.1:8080/telegram/webhook/${botId}`);
});
