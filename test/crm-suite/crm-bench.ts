import fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { pino } from 'pino';
import { findConnection, saveConnection, updateConnection } from '../../src/crm-sync/connections.ts';
import { type CrmRoom, openCrmRoom } from '../../src/crm-sync/crm-room.ts';
import { findCrm } from '../../src/crms/registry.ts';
import { registerErrors } from '../../src/http/errors.ts';
import { registerCrmWebhookRoutes } from '../../src/http/routes/crm-webhooks.ts';
import { openMailer } from '../../src/io/mail.ts';
import { openOutbound } from '../../src/io/outbound.ts';
import { buildWebhookKey } from '../../src/payments/webhook-key.ts';
import { type LeadsWorld, openLeadsWorld, tools } from '../db/leads-world.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { findFreePort } from '../support/free-port.ts';

/** A connections room on a real database, with leads, a served webhook route and a clock of the test's own. */
export interface CrmBench {
  readonly database: OpenTestDatabase;
  readonly room: CrmRoom;
  readonly world: LeadsWorld;
  readonly clock: { now(): number; move(ms: number): void; reset(): void };
  readonly connectionId: string;
  readonly webhookUrl: string;
  /** The same connections as another process sees them. */
  openAnotherRoom(): CrmRoom;
  /** Changes the connection as the API does. */
  update(changes: { credentials?: unknown; settings?: unknown; isActive?: boolean }): Promise<void>;
  connection(): Promise<{
    paused_at: Date | null;
    pause_reason: string | null;
    last_reconciled_at: Date | null;
  }>;
  /** Captures a lead, as the drain does. */
  capture(person: { email?: string | null; phone?: string | null; externalId?: string }): Promise<string>;
  /** Works off what is due, again and again until nothing is. */
  settle(): Promise<void>;
  log(type?: 'push' | 'webhook' | 'pull'): Promise<readonly LogEntry[]>;
  stages(leadId: string): Promise<readonly Stage[]>;
  close(): Promise<void>;
}

/** A row of the log as tests look at it. */
export interface LogEntry {
  readonly log_id: string;
  readonly status: string;
  readonly lead_id: string | null;
  readonly error_message: string | null;
  readonly attempts: number;
  readonly retry_count: number;
  readonly next_attempt_at: Date;
  readonly request_data: unknown;
  readonly response_data: unknown;
  readonly body: Buffer | null;
}

/** A stage as tests look at it. */
export interface Stage {
  readonly stage_name: string;
  readonly stage_value: string | null;
  readonly currency: string | null;
}

/** What is connected. */
export interface BenchOptions {
  readonly kind: string;
  readonly credentials: unknown;
  readonly settings: unknown;
  readonly bases?: Readonly<Record<string, string>>;
  /** Networks that user-given addresses may reach; loopback if absent. */
  readonly allowPrivate?: readonly string[];
}

/** Builds the bench on a database of its own. */
export async function openCrmBench(options: BenchOptions): Promise<CrmBench> {
  const database = await openTestDatabase();
  const publicUrl = `http://127.0.0.1:${await findFreePort()}`;
  const clock = buildClock();
  const logger = pino({ level: 'silent' });
  const { allowPrivate = ['127.0.0.0/8'], bases = {} } = options;
  const outbound = openOutbound({ allowPrivate, logger });
  const openRoom = (): CrmRoom =>
    openCrmRoom({
      db: database.db,
      vault: tools.vault,
      outbound,
      mailer: openMailer({ allowPrivate, logger }),
      logger,
      clock,
      publicUrl,
      bases,
      webhookKey: (id) => buildWebhookKey({ secretKey: 'a key of the tests', accountId: id }),
      leads: tools,
    });
  const room = openRoom();
  const world = await openLeadsWorld(database);
  const connection = await connect(world, room, options);
  const app = await serve(room, publicUrl);
  return {
    database,
    room,
    world,
    clock,
    ...connection,
    openAnotherRoom: openRoom,
    ...openViews(world, room),
    close: async () => {
      await app.close();
      await outbound.close();
      await database.close();
    },
  };
}

/** Makes the connection that is tested. */
async function connect(
  { db, workspaceId }: LeadsWorld,
  room: CrmRoom,
  options: BenchOptions,
): Promise<Pick<CrmBench, 'connectionId' | 'webhookUrl' | 'update' | 'connection'>> {
  const { vault } = tools;
  const row = await saveConnection(db, vault, { workspaceId, name: 'CRM', isActive: true, ...options });
  const connectionId = row.connection_id;
  const webhooks = findCrm(options.kind)?.webhooks ?? null;
  const signed = room.webhookUrl({ connectionId, webhooks: 'signed' }) ?? '';
  return {
    connectionId,
    webhookUrl: room.webhookUrl({ connectionId, webhooks }) ?? signed,
    update: async (changes) => {
      await updateConnection(db, vault, { workspaceId, connectionId, changes });
    },
    connection: async () => {
      const found = await findConnection(db, { workspaceId, connectionId });
      if (!found) throw new Error('the connection is gone');
      return found;
    },
  };
}

/** What tests do with leads and look at. */
function openViews(
  world: LeadsWorld,
  room: CrmRoom,
): Pick<CrmBench, 'capture' | 'settle' | 'log' | 'stages'> {
  const { db } = world;
  return {
    capture: async ({ email = null, phone = null, externalId = null }) => {
      const person = { email, phone, externalId, name: 'Ana Maria Souza', message: 'Quero saber o preço' };
      const [saved] = await world.save(world.lead({ ...person, clientIp: '203.0.113.9' }));
      return saved?.leadId ?? '';
    },
    settle: async () => {
      while ((await room.runDueRows()) > 0);
    },
    log: (type) => {
      const query = db.selectFrom('integrations_log').selectAll().orderBy('created_at').orderBy('log_id');
      return (type ? query.where('integration_type', '=', type) : query).execute();
    },
    stages: (leadId) =>
      db
        .selectFrom('lead_stages')
        .select(['stage_name', 'stage_value', 'currency'])
        .where('lead_id', '=', leadId)
        .orderBy('arrival')
        .execute(),
  };
}

async function serve(room: CrmRoom, publicUrl: string) {
  const app = fastify().withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  registerErrors(app);
  registerCrmWebhookRoutes(app, { crm: room });
  await app.listen({ host: '127.0.0.1', port: Number(new URL(publicUrl).port) });
  return app;
}

function buildClock(): CrmBench['clock'] {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    move: (ms) => {
      ahead += ms;
    },
    reset: () => {
      ahead = 0;
    },
  };
}
