import { type NewConversion, saveConversions } from '../../src/conversions/conversions.ts';
import type { ConversionName } from '../../src/domain/conversion.ts';
import { pageViewEventId } from '../../src/domain/event-ids.ts';
import { buildId, buildTrackingToken } from '../../src/domain/ids.ts';
import type { StageName } from '../../src/domain/lead-stages.ts';
import { openLogger } from '../../src/io/logger.ts';
import { openOutbound } from '../../src/io/outbound.ts';
import { openVault } from '../../src/io/vault.ts';
import { findPlatform } from '../../src/platforms/registry.ts';
import { openAccessTokens } from '../../src/send/access-tokens.ts';
import type { LaneTools } from '../../src/send/lane-tools.ts';
import { createSender, type Sender } from '../../src/send/sender.ts';
import { saveDestination } from '../../src/settings/destinations.ts';
import { openRegistry } from '../../src/settings/registry.ts';
import { saveWorkspace } from '../../src/settings/workspaces.ts';
import { buildGa4Simulator } from '../../src/simulators/ga4.ts';
import { buildGoogleSimulator } from '../../src/simulators/google.ts';
import { buildLinkedinSimulator } from '../../src/simulators/linkedin.ts';
import { MetaSimulator } from '../../src/simulators/meta.ts';
import { type ListeningSimulator, listenSimulator } from '../../src/simulators/simulator-server.ts';
import { buildTiktokSimulator } from '../../src/simulators/tiktok.ts';
import { buildUtmifySimulator } from '../../src/simulators/utmify.ts';
import type { VendorSimulator } from '../../src/simulators/vendor-simulator.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { addLead, addStage, addWonLeads, type LeadOptions, readSyncStatus } from './send-leads.ts';
import { addPurchase } from './send-purchase.ts';

/** A workspace with simulated Metas and senders around one test database, and a clock that tests can move. */
export type SendWorld = Awaited<ReturnType<typeof openSendWorld>>;

export async function openSendWorld() {
  const parts = await openParts();
  const { database, db, registry, outbound, metas } = parts;
  return {
    ...parts,
    ...buildAdders(parts),
    sender: (): Sender => createSender(parts.tools),
    deliveries: () => db.selectFrom('deliveries').selectAll().orderBy('delivery_id').execute(),
    state: (destinationId: string) =>
      db
        .selectFrom('destination_states')
        .selectAll()
        .where('destination_id', '=', destinationId)
        .executeTakeFirst(),
    reset: () => reset(parts),
    async close() {
      registry.close();
      await outbound.close();
      for (const { server } of [...metas.values(), ...parts.servers.values()]) await server.close();
      await database.close();
    },
  };
}

type Parts = Awaited<ReturnType<typeof openParts>>;

async function openParts() {
  const database = await openTestDatabase();
  const { db } = database;
  const vault = openVault({ key: 'a key of the tests, long enough for it' });
  const logger = openLogger('silent');
  const { workspace_id: workspaceId } = await saveWorkspace(db, { name: 'Send' });
  const clock = buildClock();
  const metas = new Map<string, { simulator: MetaSimulator; server: ListeningSimulator }>();
  /** A simulated Meta of one workspace. */
  const addMeta = async (ofWorkspace: string) => {
    const simulator = new MetaSimulator({ now: clock.now });
    metas.set(ofWorkspace, { simulator, server: await listenSimulator(simulator) });
    return simulator;
  };
  const meta = await addMeta(workspaceId);
  const registry = await openRegistry({ db, vault, logger });
  const outbound = openOutbound({ allowPrivate: [], logger });
  const { vendors, servers } = await openVendors(clock.now);
  const baseUrl = (name: string, ofWorkspace: string) =>
    servers.get(name)?.server.url ?? metas.get(ofWorkspace)?.server.url ?? '';
  const tokens = openAccessTokens({ outbound, clock });
  const tools: LaneTools = { db, vault, registry, outbound, tokens, findPlatform, baseUrl, clock, logger };
  const shared = { database, db, vault, registry, outbound, clock, metas, addMeta, meta, tools, workspaceId };
  return { ...shared, vendors, servers };
}

/** It goes as the machine's does, from `stop` on as `ahead` says and no further: however slow the machine is. */
function buildClock() {
  const clock = {
    ahead: 0,
    stoppedAt: null as number | null,
    now: () => (clock.stoppedAt ?? Date.now()) + clock.ahead,
    stop: () => {
      clock.stoppedAt = Date.now();
    },
  };
  return clock;
}

/** The other platforms' simulators, each behind the names of its base URLs. */
async function openVendors(now: () => number) {
  const vendors = {
    google: buildGoogleSimulator({ now }),
    tiktok: buildTiktokSimulator({ now }),
    linkedin: buildLinkedinSimulator({ now }),
    ga4: buildGa4Simulator({ now }),
    utmify: buildUtmifySimulator({ now }),
  };
  const names: Record<keyof typeof vendors, readonly string[]> = {
    google: ['GOOGLE_ADS_URL', 'GOOGLE_OAUTH_URL'],
    tiktok: ['TIKTOK_API_URL'],
    linkedin: ['LINKEDIN_API_URL'],
    ga4: ['GA4_URL'],
    utmify: ['UTMIFY_URL'],
  };
  const servers = new Map<string, { simulator: VendorSimulator; server: ListeningSimulator }>();
  for (const [vendor, simulator] of Object.entries(vendors)) {
    const server = await listenSimulator(simulator);
    for (const name of names[vendor as keyof typeof vendors]) servers.set(name, { simulator, server });
  }
  return { vendors, servers };
}

function buildAdders({ database, db, vault, clock, addMeta, workspaceId }: Parts) {
  return {
    /** Another workspace, whose destinations are at a Meta of its own. */
    async addWorkspace(name: string) {
      const row = await saveWorkspace(db, { name });
      return { simulator: await addMeta(row.workspace_id), workspaceId: row.workspace_id };
    },
    addDestination: (options: DestinationOptions = {}) =>
      saveDestination(db, vault, {
        workspaceId: options.workspaceId ?? workspaceId,
        poolId: options.poolId ?? null,
        platform: options.platform ?? 'meta',
        name: '',
        credentials: GOOD_CREDENTIALS[options.platform ?? ''] ?? {
          access_token: options.token ?? 'EAAB-good-token',
        },
        settings: {
          ...(GOOD_SETTINGS[options.platform ?? ''] ?? { pixel_id: options.pixelId ?? '1234567890' }),
          ...options.settings,
        },
        isActive: true,
      }),
    addConversions: (count: number, options: ConversionOptions = {}) =>
      addConversions(database, { workspaceId, ...options, count, now: clock.now() }),
    /** A lead with a visit; returns its id. */
    addLead: (options: LeadOptions = {}) => addLead({ db, vault, workspaceId, now: clock.now() }, options),
    /** Leads that are won now, with their visits so many days ago; returns the ids of their events. */
    addWonLeads: (count: number, visitDays: (index: number) => number = () => 0) =>
      addWonLeads({ db, vault, workspaceId, now: clock.now() }, { count, visitDays }),
    addStage: (leadId: string, stageName: StageName, valueCents: number | null = null) =>
      addStage({ db, workspaceId, now: clock.now() }, { leadId, stageName, valueCents }),
    syncStatus: (leadId: string) => readSyncStatus(db, leadId),
    addPurchase: () => addPurchase(db, workspaceId, clock.now()),
    async addPool(switches: { readonly meta_events_viewcontent?: boolean }) {
      const poolId = buildId();
      const pool = { pool_id: poolId, workspace_id: workspaceId, slug: `s${poolId}`, name: 'Pool' };
      const row = { ...pool, meta_tracking_enabled: true, ...switches };
      await db.insertInto('pools').values(row).execute();
      return poolId;
    },
  };
}

/** Empties everything but workspaces and clicks, and puts clock and simulators right. */
async function reset({ db, clock, metas, vendors }: Parts): Promise<void> {
  clock.ahead = 0;
  clock.stoppedAt = null;
  for (const simulator of Object.values(vendors)) simulator.reset();
  for (const { simulator } of metas.values()) simulator.reset();
  await db.deleteFrom('platform_sync_log').execute();
  await db.deleteFrom('deliveries').execute();
  await db.deleteFrom('conversions').execute();
  await db.deleteFrom('offline_conversions').execute();
  await db.deleteFrom('lead_stages').execute();
  await db.deleteFrom('leads').execute();
  await db.deleteFrom('utm_tracking').execute();
  await db.deleteFrom('meta_tracking_sessions').execute();
  await db.deleteFrom('destination_states').execute();
  await db.deleteFrom('destinations').execute();
}

const GOOD_CREDENTIALS: Readonly<Record<string, unknown>> = {
  google_ads: { client_id: 'client', client_secret: 'client-secret', refresh_token: 'refresh-token' },
  tiktok: { access_token: 'tiktok-token' },
  linkedin: { access_token: 'linkedin-token' },
  ga4: { api_secret: 'ga4-secret' },
  utmify: { api_token: 'utmify-token' },
};

const GOOD_SETTINGS: Readonly<Record<string, object>> = {
  google_ads: { customer_id: '1234567890', conversion_action_id: '987654321' },
  tiktok: { pixel_code: 'CPIXEL1' },
  linkedin: { conversion_id: '789123' },
  ga4: { measurement_id: 'G-ABC1234567' },
  utmify: {},
};

interface DestinationOptions {
  readonly platform?: string;
  readonly settings?: object;
  readonly workspaceId?: string;
  readonly poolId?: string;
  readonly token?: string;
  readonly pixelId?: string;
}

interface ConversionOptions {
  readonly workspaceId?: string;
  readonly poolId?: string | null;
  readonly name?: ConversionName;
  readonly consent?: NewConversion['consent'];
  readonly ageMs?: number;
  readonly holdMs?: number;
}

interface AddedConversions extends ConversionOptions {
  readonly workspaceId: string;
  readonly count: number;
  readonly now: number;
}

/** Clicks and one conversion each; returns the event ids. */
async function addConversions({ db }: OpenTestDatabase, options: AddedConversions): Promise<string[]> {
  const tokens = Array.from({ length: options.count }, buildTrackingToken);
  const at = new Date(options.now - (options.ageMs ?? 1_000));
  const clicks = tokens.map((token, index) => ({
    tracking_token: token,
    workspace_id: options.workspaceId,
    pool_id: options.poolId ?? buildId(),
    bot_id: buildId(),
    fbc: `fb.1.${at.getTime()}.click${index}`,
    fbp: `fb.1.${at.getTime()}.${index + 1}`,
    client_ip: '203.0.113.77',
    client_user_agent: 'Mozilla/5.0 (iPhone)',
    event_source_url: 'https://example.com/go/sale?fbclid=click',
    geo_city: 'São Paulo',
    geo_state: 'SP',
    geo_country: 'BR',
    pageview_event_id: pageViewEventId(token),
    pageview_ts: at,
    mode: 'bridge',
    consent: options.consent ?? 'granted',
    created_at: at,
  }));
  await db.insertInto('clicks').values(clicks).execute();
  const conversions = tokens.map((token): NewConversion => {
    const value = options.name === 'purchase' ? { cents: 1990, currency: 'BRL' } : null;
    return {
      workspaceId: options.workspaceId,
      name: options.name ?? 'page_view',
      eventId: pageViewEventId(token),
      occurredAt: at,
      trackingToken: token,
      poolId: options.poolId ?? null,
      value,
      consent: options.consent ?? 'granted',
      holdUntil: new Date(at.getTime() + (options.holdMs ?? 0)),
    };
  });
  await saveConversions(db, conversions);
  return conversions.map(({ eventId }) => eventId);
}
