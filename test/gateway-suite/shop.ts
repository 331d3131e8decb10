import { buildClick } from '../../src/domain/click.ts';
import { buildId, buildTrackingToken } from '../../src/domain/ids.ts';
import type { EdgePool, GatewayAccount, Product, Registry } from '../../src/settings/types.ts';
import type { OpenTestDatabase } from '../support/database.ts';

/** What a shop sells, and through whom it is paid. */
export interface ShopOptions {
  readonly gateway: string;
  readonly credentials: unknown;
  readonly priceCents?: number;
}

/** A pool that a test may change. */
export type ChangeablePool = { -readonly [K in keyof EdgePool]: EdgePool[K] };

/** One workspace with a bot, a product, a gateway account, and a buyer who came from a click. */
export type Shop = ReturnType<typeof buildShop>;

/** Makes up a shop. */
export function buildShop(options: ShopOptions) {
  const workspaceId = buildId();
  const botId = buildId();
  const poolId = buildId();
  const token = buildTrackingToken();
  const account: GatewayAccount = {
    accountId: buildId(),
    workspaceId,
    gateway: options.gateway,
    name: 'main',
    credentials: options.credentials,
    isDefault: true,
  };
  const product: Product = {
    productId: buildId(),
    workspaceId,
    botId,
    name: 'Curso & <Segredos>',
    price: { cents: options.priceCents ?? 1990, currency: 'BRL' },
    deliveryUrl: 'https://shop.example/access?id=1&x=<y>',
    isActive: true,
  };
  const click = buildClick({
    kind: 'click',
    at: Date.now(),
    token,
    workspaceId,
    poolId,
    botId,
    mode: 'bridge',
    url: `https://shop.example/go/x?fbclid=IwAR0abc&utm_source=fb&utm_campaign=launch`,
    fbp: 'fb.1.1700000000000.1234567890',
    fbc: null,
    fbi: null,
    ip: '203.0.113.9',
    userAgent: 'test',
    referrer: null,
    language: 'pt-BR',
    hints: {},
    consent: 'granted',
  });
  return {
    workspaceId,
    botId,
    poolId,
    botUserId: buildId(),
    away: { isAway: false },
    account,
    product,
    click,
    pool: buildPool(poolId, workspaceId),
  };
}

function buildPool(poolId: string, workspaceId: string): ChangeablePool {
  return {
    poolId,
    workspaceId,
    slug: 'x',
    name: 'x',
    mode: 'bridge',
    strategy: 'weighted',
    isActive: true,
    bots: [],
    meta: {
      pixelId: '123456789012345',
      sendPageView: true,
      sendViewContent: true,
      sendInitiateCheckout: true,
      sendPurchase: true,
    },
    utmifyPixelId: null,
    parameterBuilder: 'consent',
    consentMode: 'assumed',
    defaultConsent: 'granted',
    gate: null,
    rateLimit: null,
    page: {},
    isDemo: false,
  };
}

/** The registry as the shop's settings would fill it. */
export function buildRegistry(shop: Shop): Registry {
  const one = <T>(id: string, own: string, value: T): T | undefined => (id === own ? value : undefined);
  const workspace = {
    workspaceId: shop.workspaceId,
    name: 'Test',
    timezone: 'America/Sao_Paulo',
    currency: 'BRL',
    defaultConsent: 'granted',
    isDemo: false,
  } as const;
  return {
    get source() {
      return shop.away.isAway ? 'snapshot' : 'database';
    },
    poolBySlug: () => undefined,
    pool: (id) => one(id, shop.poolId, shop.pool),
    bot: () => undefined,
    bots: () => [],
    productsOf: () => [shop.product],
    product: (id) => one(id, shop.product.productId, shop.product),
    defaultAccount: (id) => one(id, shop.workspaceId, shop.account),
    account: (id) => (shop.away.isAway ? undefined : one(id, shop.account.accountId, shop.account)),
    destination: () => undefined,
    destinationsFor: () => [],
    workspace: (id) => one(id, shop.workspaceId, workspace),
    domain: () => undefined,
    isSiteOrigin: () => false,
    version: 1,
    refresh: async () => {},
    onChange: () => () => {},
    close: () => {},
  };
}

/** Puts the shop into the database. */
export async function saveShop({ db }: OpenTestDatabase, shop: Shop): Promise<void> {
  const { workspaceId, botId, account, click } = shop;
  const sealed = Buffer.from('sealed');
  await db
    .insertInto('workspaces')
    .values({ workspace_id: workspaceId, name: `Test ${workspaceId}` })
    .execute();
  await db
    .insertInto('bots')
    .values({
      bot_id: botId,
      workspace_id: workspaceId,
      name: 'bot',
      telegram_token: sealed,
      telegram_bot_id: '42',
      username: 'bot',
      webhook_secret: sealed,
    })
    .execute();
  await db
    .insertInto('gateway_accounts')
    .values({
      account_id: account.accountId,
      workspace_id: workspaceId,
      gateway: account.gateway,
      credentials: sealed,
      is_default: true,
    })
    .execute();
  await db
    .insertInto('bot_users')
    .values({
      id: shop.botUserId,
      workspace_id: workspaceId,
      bot_id: botId,
      telegram_user_id: '5551234',
      chat_id: '5551234',
      language_code: 'pt-br',
      tracking_session_id: click.trackingToken,
      fbclid: click.fbclid,
      fbc: click.fbc,
      utm_source: 'fb',
      utm_campaign: 'launch',
      first_interaction: new Date(),
      last_interaction: new Date(),
    })
    .execute();
}
