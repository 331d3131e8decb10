import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';
import { listBots, readBot, saveBot, updateBot } from '../settings/bots.ts';
import { listGatewayAccounts, saveGatewayAccount } from '../settings/gateway-accounts.ts';
import { databaseErrorCode, UNIQUE_VIOLATION } from '../settings/paging.ts';
import { listPools, savePool, updatePool } from '../settings/pools.ts';
import { listProducts, saveProduct, updateProduct } from '../settings/products.ts';
import type { TelegramSetup } from '../settings/telegram-setup.ts';
import type { RegisteredBot, Registry } from '../settings/types.ts';
import { findDemoWorkspace, saveWorkspace } from '../settings/workspaces.ts';

/** The simulated bot that the demonstration sells with. */
export const DEMO_BOT = {
  id: 4_000_000_000_001,
  username: 'rastro_demo_bot',
  name: 'Estúdio Aurora',
} as const;

/** The demonstration's pixel, known to the simulated Meta only. */
export const DEMO_PIXEL_ID = '100200300400500';

/** What the pages need to know of the demonstration. */
export interface DemoWorkspace {
  readonly workspaceId: string;
  /** The pool's, for `/go/<slug>`. */
  readonly slug: string;
}

/** What making the demonstration takes. */
export interface DemoOptions {
  readonly db: Kysely<Database>;
  readonly vault: Vault;
  readonly registry: Registry;
  readonly telegram: TelegramSetup;
  /** The bot's token at the simulated Telegram. */
  readonly botToken: string;
  /** The access token at the simulated Meta. */
  readonly metaToken: string;
  /** No trailing slash. */
  readonly publicUrl: string;
  /** This server over loopback, no trailing slash: where the simulated Telegram finds the webhook. */
  readonly loopbackUrl: string;
}

const NAMES = ['Demonstração', 'Demonstração (Rastro)'] as const;
const SLUGS = ['demo', 'rastro-demo', 'demonstracao-rastro'] as const;

/** Names, prices in cents, and the page behind each product. */
const PRODUCTS = [
  { name: 'Curso Fotografia com o Celular', cents: 9_700, path: '/try/product/curso' },
  { name: 'E-book 50 Poses que Vendem', cents: 2_790, path: '/try/product/ebook' },
] as const;

const PAGE = {
  pt: {
    title: 'Fotos de estúdio com o seu celular',
    text: 'Aprenda em 7 dias, com aulas curtas e sem equipamento caro.\nO atendimento é pelo Telegram.',
    button: 'Falar com o Estúdio Aurora',
  },
  en: {
    title: 'Studio photos with your phone',
    text: 'Learn it in 7 days, in short lessons and without expensive gear.\nWe talk on Telegram.',
    button: 'Talk to Estúdio Aurora',
  },
  colors: { accent: '#b4235a' },
};

const ALL = { limit: 200, before: undefined } as const;

/** Makes what is missing of the demonstration and tells the simulated Telegram where the bot lives; repeating it changes nothing. */
export async function prepareDemo(options: DemoOptions): Promise<DemoWorkspace> {
  const workspaceId = await findOrMakeWorkspace(options.db);
  const bot = await findOrMakeBot(options, workspaceId);
  await prepareProducts(options, bot);
  await prepareGateway(options, workspaceId);
  const slug = await findOrMakePool(options, bot);
  await options.registry.refresh();
  await options.telegram.setWebhook({
    token: bot.token,
    isSimulated: true,
    url: `${options.loopbackUrl}/telegram/webhook/${bot.botId}`,
    secretToken: bot.webhookSecret,
  });
  return { workspaceId, slug };
}

async function findOrMakeWorkspace(db: Kysely<Database>): Promise<string> {
  for (const name of NAMES) {
    const found = await findDemoWorkspace(db);
    if (found) return found.workspace_id;
    const made = await unlessTaken(() => saveWorkspace(db, { name, is_demo: true }));
    if (made) return made.workspace_id;
  }
  throw new Error(`All names for the demonstration are taken: ${NAMES.join(', ')}.`);
}

/** Undefined where a unique value is taken: by a person's own settings, or by another process in the same moment. */
async function unlessTaken<T>(save: () => Promise<T>): Promise<T | undefined> {
  try {
    return await save();
  } catch (error) {
    if (databaseErrorCode(error) === UNIQUE_VIOLATION) return undefined;
    throw error;
  }
}

async function findOrMakeBot(
  { db, vault, botToken }: DemoOptions,
  workspaceId: string,
): Promise<RegisteredBot> {
  const [found] = await listBots(db, { ...ALL, workspaceId });
  const row =
    found ??
    (await saveBot(db, vault, {
      workspaceId,
      name: DEMO_BOT.name,
      token: botToken,
      telegramBotId: String(DEMO_BOT.id),
      username: DEMO_BOT.username,
      isSimulated: true,
      delivery: 'webhook',
    }));
  const bot = readBot(row, vault);
  if (bot.token === botToken && bot.isActive) return bot;
  const changes = { token: botToken, isActive: true };
  const updated = await updateBot(db, vault, { workspaceId, botId: bot.botId, changes });
  return updated ? readBot(updated, vault) : bot;
}

/** The pages behind the products move with the server's address. */
async function prepareProducts({ db, publicUrl }: DemoOptions, bot: RegisteredBot): Promise<void> {
  const { workspaceId, botId } = bot;
  const known = await listProducts(db, { ...ALL, workspaceId });
  for (const { name, cents, path } of PRODUCTS) {
    const deliveryUrl = `${publicUrl}${path}`;
    const row = known.find((product) => product.name === name);
    if (!row) {
      const price = { cents, currency: 'BRL' };
      await saveProduct(db, { workspaceId, botId, name, price, deliveryUrl, isActive: true });
    } else if (row.delivery_url !== deliveryUrl) {
      await updateProduct(db, { workspaceId, productId: row.product_id, changes: { deliveryUrl } });
    }
  }
}

async function prepareGateway({ db, vault }: DemoOptions, workspaceId: string): Promise<void> {
  const [known] = await listGatewayAccounts(db, { ...ALL, workspaceId });
  if (known) return;
  const account = { workspaceId, gateway: 'sandbox', name: 'Sandbox', credentials: {}, isDefault: true };
  await saveGatewayAccount(db, vault, account);
}

async function findOrMakePool(options: DemoOptions, bot: RegisteredBot): Promise<string> {
  const { db, vault, metaToken } = options;
  const { workspaceId, botId } = bot;
  const pixel = { pixelId: DEMO_PIXEL_ID, accessToken: metaToken };
  const [known] = await listPools(db, { ...ALL, workspaceId });
  if (known) {
    await updatePool(db, vault, { workspaceId, poolId: known.pool_id, fields: {}, bots: undefined, pixel });
    return known.slug;
  }
  const bots = [{ botId, weight: 1, isEnabled: true }];
  const fields = { name: 'Fotografia: anúncio 1', meta_tracking_enabled: true, page: JSON.stringify(PAGE) };
  for (const slug of SLUGS) {
    const made = await unlessTaken(() =>
      savePool(db, vault, { workspaceId, fields: { ...fields, slug }, bots, pixel }),
    );
    if (made) return made.slug;
  }
  throw new Error(`All links for the demonstration are taken: ${SLUGS.join(', ')}.`);
}
