import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Update } from 'grammy/types';
import type { Kysely } from 'kysely';
import type { BotAccess } from '../bot/bot-access.ts';
import type { CrmRoom } from '../crm-sync/crm-room.ts';
import type { Clock } from '../io/clock.ts';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';
import type { MigrationState } from '../io/migrate.ts';
import type { Vault } from '../io/vault.ts';
import type { LeadTools } from '../leads/lead-tools.ts';
import type { LogWriter } from '../log/log-writer.ts';
import type { StreamState } from '../log/nats/capture-stream.ts';
import type { StreamSettings } from '../log/nats/stream-settings.ts';
import type { StreamWriterState } from '../log/nats/stream-writer.ts';
import type { PaymentRoom } from '../payments/payment-room.ts';
import type { PrivacyTools } from '../privacy/privacy-tools.ts';
import type { DrainState } from '../projections/drain-state.ts';
import type { Lookups } from '../projections/lookup-counts.ts';
import type { ReportMailTools } from '../report-mails/send-report.ts';
import type { TestAnswer } from '../send/test-destination.ts';
import type { KeyVerifier } from '../settings/key-verifier.ts';
import type { SignIn } from '../settings/sign-in.ts';
import type { TelegramSetup } from '../settings/telegram-setup.ts';
import type { RegisteredBot, Registry } from '../settings/types.ts';
import type { TryRoom } from '../simulators/try-room.ts';
import type { ChainState } from '../stores/store-chain.ts';
import type { ClientIpReader } from './client-ip.ts';
import type { Metrics } from './metrics.ts';

/** The HTTP application; routes are typed by their zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** The hot stores of this process, and where the clicks that it looked for were found. */
export interface StoresReport extends ChainState {
  readonly lookups: Lookups;
}

/** The stream that keeps the capture log, and how this process gets on with it. */
export interface StreamReport extends StreamState, StreamWriterState {
  readonly wanted: Pick<StreamSettings, 'stream' | 'replicas'>;
}

/** Everything that the routes need; made by the composition root. */
export interface AppDeps {
  readonly db: Kysely<Database>;
  readonly registry: Registry;
  readonly vault: Vault;
  readonly log: LogWriter;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Of all processes that serve this port, as text. */
  readonly readMetrics: () => Promise<string>;
  /** No trailing slash. */
  readonly publicUrl: string;
  readonly readClientIp: ClientIpReader;
  readonly keys: KeyVerifier;
  readonly signIn: SignIn;
  readonly telegram: TelegramSetup;
  /** How a bot is reached. */
  readonly accessOf: BotAccess['accessOf'];
  readonly payments: PaymentRoom;
  readonly leads: LeadTools;
  /** Answers data subjects. */
  readonly privacy: PrivacyTools;
  readonly crm: CrmRoom;
  readonly reportMails: ReportMailTools;
  /** Sends one marked test event; null if there is no such destination. */
  readonly testDestination: (destinationId: string) => Promise<TestAnswer | null>;
  /** Where the schema stands; rejects when the database is away. */
  readonly readMigrationState: () => Promise<MigrationState>;
  /** How the hot stores are, and where clicks were found. */
  readonly readStores: () => StoresReport;
  /** How the stream of the capture log is; null where none is configured. */
  readonly readStream: () => StreamReport | null;
  /** How far this machine's drain is; rejects when the database is away. */
  readonly readDrainState: () => Promise<DrainState>;
  /** Records an update with all that it changes; rejects when the database is away. */
  readonly receiveUpdate: (bot: RegisteredBot, update: Update) => Promise<unknown>;
  /** The simulators of the try-it pages; null in production. */
  readonly tryRoom: TryRoom | null;
  /** Answers raw requests of `/api/collect` and `/api/leads`; the framework never sees those either. */
  readonly collectHandler: (request: IncomingMessage, response: ServerResponse) => void;
  /** Answers every raw request whose path starts with `/go/`; the framework never sees those. */
  readonly goHandler: (request: IncomingMessage, response: ServerResponse) => void;
}
