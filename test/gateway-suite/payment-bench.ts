import fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { pino } from 'pino';
import { MESSAGE_CONTEXT } from '../../src/bot/owe-message.ts';
import type { Click } from '../../src/domain/click.ts';
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
import type { GatewayAccount, Product } from '../../src/settings/types.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { findFreePort } from '../support/free-port.ts';
import { buildRegistry, buildShop, type ChangeablePool, type ShopOptions, saveShop } from './shop.ts';

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
  /** Set `isAway` for a registry that was started without the database. */
  readonly away: { isAway: boolean };
  readonly click: Click;
  readonly clock: { now(): number; move(ms: number): void };
  /** The pool as the registry has it; a test may change it. */
  readonly pool: ChangeablePool;
  /** The opened body of an owed message. */
  openMessage(dedupeKey: string): Promise<string>;
  close(): Promise<void>;
}

/** Everything that differs between benches. */
export interface BenchOptions extends ShopOptions {
  readonly baseUrl?: string;
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

function buildClock(): PaymentBench['clock'] {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    move: (ms) => {
      ahead += ms;
    },
  };
}
