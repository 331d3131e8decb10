import fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { pino } from 'pino';
import { MESSAGE_CONTEXT } from '../../src/bot/owe-message.ts';
import type { Click } from '../../src/domain/click.ts';
import { buildClick } from '../../src/domain/click.ts';
import { buildId, buildTrackingToken } from '../../src/domain/ids.ts';
import type { Actor } from '../../src/http/auth.ts';
import { registerErrors } from '../../src/http/errors.ts';
import { registerDeliveryRoutes } from '../../src/http/routes/delivery.ts';
import { registerPaymentWebhookRoutes } from '../../src/http/routes/payment-webhooks.ts';
import { registerPaymentRoutes } from '../../src/http/routes/payments.ts';
import { registerSandboxRoutes } from '../../src/http/routes/sandbox.ts';
import { openOutbound } from '../../src/io/outbound.ts';
import { openVault } from '../../src/io/vault.ts';
import { openPaymentRoom, type PaymentRoom } from '../../src/payments/payment-room.ts';
import { buildWebhookKey } from '../../src/payments/webhook-key.ts';
import type { EdgePool, GatewayAccount, Product, Registry } from '../../src/settings/types.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { findFreePort } from '../support/free-port.ts';

/** A payment room on a real database with one shop, one buyer who came from a click, and a clock of the test's own. */
export interface PaymentBench {
  readonly database: OpenTestDatabase;
  readonly room: PaymentRoom;
  /** The same shop as another process sees it. */
  readonly openAnotherRoom: () => PaymentRoom;
  readonly account: GatewayAccount;
  readonly product: Product;
  readonly botUserId: string;
  /** Where the room's public routes are really served. */
  readonly publicUrl: string;
  /** Who asks at the API. */
  readonly actor: { -readonly [K in keyof Actor]: Actor[K] };
  readonly click: Click;
  readonly clock: { now(): number; move(ms: number): void };
  /** The pool as the registry has it; a test may change it. */
  readonly pool: { -readonly [K in keyof EdgePool]: EdgePool[K] };
  /** The opened body of an owed message. */
  openMessage(dedupeKey: string): Promise<string>;
  close(): Promise<void>;
}

/** Everything that differs between benches. */
export interface BenchOptions {
  readonly gateway: string;
  readonly credentials: unknown;
  readonly baseUrl?: string;
  readonly priceCents?: number;
}

/** What the bench's vault and webhook keys are drawn from. */
export const SECRET_KEY = 'a key of the tests, 32 bytes long.';

/** Builds the bench on a database of its own. */
export async function openPaymentBench(options: BenchOptions): Promise<PaymentBench> {
  const database = await openTestDatabase();
  const publicUrl = `http://127.0.0.1:${await findFreePort()}`;
  const shop = buildShop(options);
  await saveShop(database, shop);
  const clock = buildClock();
  const logger = pino({ level: 'silent' });
  const outbound = openOutbound({ allowPrivate: [], logger });
  const openRoom = (): PaymentRoom =>
    openPaymentRoom({
      db: database.db,
      registry: buildRegistry(shop),
      vault: openVault({ key: SECRET_KEY }),
      outbound,
      logger,
      clock,
      publicUrl,
      gatewayBases: { [options.gateway]: options.baseUrl },
      webhookKey: (accountId) => buildWebhookKey({ secretKey: SECRET_KEY, accountId }),
      findClick: async (token) => (token === shop.click.trackingToken ? shop.click : null),
    });
  const room = openRoom();
  const actor = { workspaceId: shop.workspaceId, scope: 'admin', keyId: null, userId: null } as const;
  const served = await serve({ database, room, publicUrl, actor: { ...actor } });
  return {
    database,
    room,
    publicUrl,
    actor: served.actor,
    openAnotherRoom: openRoom,
    ...shop,
    clock,
    openMessage: async (dedupeKey) => {
      const message = await database.db
        .selectFrom('bot_messages')
        .select('body')
        .where('dedupe_key', '=', dedupeKey)
        .executeTakeFirstOrThrow();
      return openVault({ key: SECRET_KEY }).open(message.body, MESSAGE_CONTEXT);
    },
    close: async () => {
      await served.app.close();
      await outbound.close();
      await database.close();
    },
  };
}

/** Serves the room's routes as the server does, with the test in the place of sign-in. */
async function serve(options: {
  readonly database: OpenTestDatabase;
  readonly room: PaymentRoom;
  readonly publicUrl: string;
  readonly actor: PaymentBench['actor'];
}) {
  const app = fastify().withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  registerErrors(app);
  app.decorateRequest('actor', null as never);
  app.addHook('onRequest', async (request) => {
    request.actor = options.actor;
  });
  const deps = { db: options.database.db, payments: options.room };
  registerPaymentWebhookRoutes(app, deps);
  registerDeliveryRoutes(app, deps);
  registerSandboxRoutes(app, deps);
  registerPaymentRoutes(app, deps);
  await app.listen({ host: '127.0.0.1', port: Number(new URL(options.publicUrl).port) });
  return { app, actor: options.actor };
}

type Shop = ReturnType<typeof buildShop>;

function buildShop(options: BenchOptions) {
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
    account,
    product,
    click,
    pool: buildPool(poolId, workspaceId),
  };
}

function buildPool(poolId: string, workspaceId: string): PaymentBench['pool'] {
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

function buildRegistry(shop: Shop): Registry {
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
    poolBySlug: () => undefined,
    pool: (id) => one(id, shop.poolId, shop.pool),
    bot: () => undefined,
    bots: () => [],
    productsOf: () => [shop.product],
    product: (id) => one(id, shop.product.productId, shop.product),
    defaultAccount: (id) => one(id, shop.workspaceId, shop.account),
    account: (id) => one(id, shop.account.accountId, shop.account),
    destination: () => undefined,
    destinationsFor: () => [],
    workspace: (id) => one(id, shop.workspaceId, workspace),
    version: 1,
    source: 'database',
    refresh: async () => {},
    onChange: () => () => {},
    close: () => {},
  };
}

async function saveShop({ db }: OpenTestDatabase, shop: Shop): Promise<void> {
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

function buildClock(): PaymentBench['clock'] {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    move: (ms) => {
      ahead += ms;
    },
  };
}
