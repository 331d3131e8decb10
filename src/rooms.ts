import { join } from 'node:path';
import { type BotAccess, buildBotAccess } from './bot/bot-access.ts';
import { type CrmRoom, openCrmRoom } from './crm-sync/crm-room.ts';
import type { ClickFact } from './domain/facts.ts';
import { systemClock } from './io/clock.ts';
import { type Geo, openGeo } from './io/geo/geo.ts';
import { type Mailer, openMailer } from './io/mail.ts';
import { type Outbound, openOutbound } from './io/outbound.ts';
import { LEAD_HASH_PURPOSE, type LeadTools } from './leads/lead-tools.ts';
import type { CaptureLog } from './log/capture-log.ts';
import type { CaptureStream } from './log/nats/capture-stream.ts';
import { openLog } from './open-log.ts';
import { deriveKey, logDirectoryOf, type Parts } from './parts.ts';
import { openPaymentRoom, type PaymentRoom } from './payments/payment-room.ts';
import { buildWebhookKey } from './payments/webhook-key.ts';
import { findPlatform } from './platforms/registry.ts';
import { type ClickFinder, createClickFinder } from './projections/click-finder.ts';
import { createEnricher, type Enricher } from './projections/enrich.ts';
import { LookupCounts } from './projections/lookup-counts.ts';
import type { ReportMailTools } from './report-mails/send-report.ts';
import { openAccessTokens } from './send/access-tokens.ts';
import type { LaneTools } from './send/lane-tools.ts';
import { openRegistry } from './settings/registry.ts';
import type { Registry } from './settings/types.ts';
import { openStores } from './stores/open-stores.ts';
import { StoreChain } from './stores/store-chain.ts';

/** The rooms that both the server and its worker work with. */
export interface Rooms extends Parts {
  readonly instanceId: string;
  /** The capture log, to be read. */
  readonly log: CaptureLog;
  /** The part of it that is kept on several machines; null where there is none. */
  readonly captureStream: CaptureStream | null;
  readonly registry: Registry;
  readonly outbound: Outbound;
  readonly geo: Geo;
  readonly enricher: Enricher;
  /** The hot stores. */
  readonly stores: StoreChain;
  /** Where this process has found the clicks that it looked for. */
  readonly lookups: LookupCounts;
  readonly clicks: ClickFinder;
  readonly bots: BotAccess;
  readonly payments: PaymentRoom;
  readonly leads: LeadTools;
  readonly crm: CrmRoom;
  readonly sending: LaneTools;
  readonly reportMails: ReportMailTools;
}

/** What differs between the processes. */
export interface RoomsOptions {
  /** The process's own last clicks; null where none are captured. */
  readonly recent: { get(token: string): ClickFact | undefined } | null;
  /** Where the simulators are reached over loopback; null where there are none. */
  readonly simulators: string | null;
  /** Whether this process keeps the settings' snapshot file. */
  readonly keepsSnapshot: boolean;
}

/** Opens the rooms on the given parts. */
export async function openRooms(parts: Parts, options: RoomsOptions): Promise<Rooms> {
  const base = await openBase(parts, options);
  const { config, database, logger, vault, registry, outbound, clicks } = base;
  const bases = { telegram: config.vendorUrls.TELEGRAM_API_URL, simulator: simulatorOf(options, 'telegram') };
  const leads = { vault, hashKey: deriveKey(config, LEAD_HASH_PURPOSE), ipHashSalt: config.ipHashSalt };
  const mailer = openMailer({ allowPrivate: config.outboundAllow, logger });
  return {
    ...base,
    leads,
    bots: buildBotAccess({ registry, vault, bases }),
    crm: openCrms(parts, { outbound, mailer, leads }),
    reportMails: {
      ...{ db: database.db, vault, mailer, logger },
      clock: systemClock,
      publicUrl: config.publicUrl,
    },
    payments: openPaymentRoom({
      db: database.db,
      registry,
      vault,
      outbound,
      logger,
      clock: systemClock,
      publicUrl: config.publicUrl,
      gatewayBases: { pushinpay: config.vendorUrls.PUSHINPAY_API_URL },
      webhookKey: (accountId) => buildWebhookKey({ secretKey: deriveKey(config, 'webhooks'), accountId }),
      findClick: (token) => clicks.byToken(token),
    }),
    sending: {
      db: database.db,
      vault,
      registry,
      outbound,
      tokens: openAccessTokens({ outbound, clock: systemClock }),
      findPlatform,
      baseUrl: buildBaseUrl(parts, registry, options),
      clock: systemClock,
      logger,
    },
  };
}

type BaseRooms = Omit<Rooms, 'leads' | 'bots' | 'crm' | 'payments' | 'sending' | 'reportMails'>;

/** What the other rooms stand on: the settings, the way out, and the clicks wherever they are. */
async function openBase(parts: Parts, options: RoomsOptions): Promise<BaseRooms> {
  const { config, logger, vault } = parts;
  const { db } = parts.database;
  const { instanceId, log, stream } = await openLog(parts);
  const snapshot = options.keepsSnapshot ? { dataDir: config.dataDir } : {};
  const registry = await openRegistry({ db, vault, logger, ...snapshot });
  const geo = openGeo({
    cityDb: config.geoipCityDb,
    dataDir: config.dataDir,
    logger,
    // The worker, which captures nothing, has the time.
    compilesNetworks: options.recent === null,
  });
  const enricher = createEnricher({ geo });
  const stores = await buildStoreChain(parts);
  const lookups = new LookupCounts();
  const clicks = createClickFinder({
    db,
    recent: options.recent,
    stores,
    lookups,
    log,
    vault,
    ipHashSalt: config.ipHashSalt,
    enricher,
  });
  const outbound = openOutbound({ allowPrivate: config.outboundAllow, logger });
  return {
    ...parts,
    instanceId,
    log,
    captureStream: stream,
    registry,
    outbound,
    geo,
    enricher,
    stores,
    lookups,
    clicks,
  };
}

function openCrms(
  { config, database, logger, vault }: Parts,
  needs: { readonly outbound: Outbound; readonly mailer: Mailer; readonly leads: LeadTools },
): CrmRoom {
  return openCrmRoom({
    ...needs,
    db: database.db,
    vault,
    logger,
    clock: systemClock,
    publicUrl: config.publicUrl,
    bases: config.vendorUrls,
    webhookKey: (connectionId) =>
      buildWebhookKey({ secretKey: deriveKey(config, 'crm webhooks'), accountId: connectionId }),
  });
}

async function buildStoreChain({ config, database, logger }: Parts): Promise<StoreChain> {
  const { redisUrl, memcachedUrl, hotStoreTtl } = config;
  const isShared = database.kind === 'postgres';
  const stores = await openStores({ redisUrl, memcachedUrl, db: database.db, isShared });
  return new StoreChain({ stores, ttlSeconds: hotStoreTtl, logger });
}

function simulatorOf(options: RoomsOptions, name: string): string | null {
  return options.simulators === null ? null : `${options.simulators}/${name}`;
}

/** No such host can exist (RFC 6761): where there are no simulators, what is left of a demonstration goes nowhere. */
const NOWHERE = 'http://simulators.invalid';

/** Which simulator stands behind the base URL of a platform. */
const SIMULATED: Readonly<Record<string, string>> = {
  GOOGLE_ADS_URL: 'google',
  GOOGLE_OAUTH_URL: 'google',
  TIKTOK_API_URL: 'tiktok',
  LINKEDIN_API_URL: 'linkedin',
  GA4_URL: 'ga4',
  UTMIFY_URL: 'utmify',
};

/** The demonstration's destinations reach simulated platforms, and nothing else ever does. */
function buildBaseUrl(parts: Parts, registry: Registry, options: RoomsOptions): LaneTools['baseUrl'] {
  const urls: Readonly<Record<string, string>> = parts.config.vendorUrls;
  return (name, workspaceId) => {
    if (registry.workspace(workspaceId)?.isDemo)
      return simulatorOf(options, SIMULATED[name] ?? 'meta') ?? NOWHERE;
    const url = urls[name];
    if (url === undefined) throw new Error(`There is no base URL called ${name}.`);
    return url;
  };
}

/** Closes what the rooms hold open, the database last. */
export async function closeRooms(rooms: Rooms): Promise<void> {
  await rooms.stores.close();
  rooms.registry.close();
  rooms.geo.close();
  await rooms.outbound.close();
  await rooms.log.close();
  await rooms.database.close();
}

/** Where a process of this machine writes its part of the capture log. */
export const writerDirectoryOf = (parts: Parts, writer: string): string =>
  join(logDirectoryOf(parts.config), writer);
