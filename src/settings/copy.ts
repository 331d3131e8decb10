import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';
import type { Vault } from '../io/vault.ts';
import { readBot } from './bots.ts';
import { readDestination } from './destinations.ts';
import { readDomain } from './domains.ts';
import { buildEdgePool } from './edge-pools.ts';
import { readGatewayAccount } from './gateway-accounts.ts';
import { readProduct } from './products.ts';
import type {
  Destination,
  EdgePool,
  GatewayAccount,
  Product,
  RegisteredBot,
  SiteDomain,
  Workspace,
} from './types.ts';
import type { WorkspaceRow } from './workspaces.ts';

/** The whole configuration at one moment. */
export interface SettingsCopy {
  readonly version: number;
  readonly workspaces: readonly Workspace[];
  readonly pools: readonly EdgePool[];
  readonly bots: readonly RegisteredBot[];
  /** Oldest first. */
  readonly products: readonly Product[];
  readonly accounts: readonly GatewayAccount[];
  readonly destinations: readonly Destination[];
  readonly domains: readonly SiteDomain[];
}

/** The number that grows with every change of the configuration. */
export async function findSettingsVersion(db: Kysely<Database>): Promise<number> {
  const row = await db.selectFrom('settings_version').select('version').executeTakeFirst();
  return Number(row?.version ?? 0);
}

/** Reads the whole configuration as it is at one moment; what does not open is left out and logged. */
export async function loadSettings(
  db: Kysely<Database>,
  { vault, logger }: { readonly vault: Vault; readonly logger: Logger },
): Promise<SettingsCopy> {
  const rows = await loadRows(db);
  const opened = <Row, T>(list: readonly Row[], read: (row: Row, vault: Vault) => T): T[] =>
    list.flatMap((row) => {
      try {
        return [read(row, vault)];
      } catch (error) {
        logger.error({ err: error }, 'a part of the configuration cannot be read');
        return [];
      }
    });
  return {
    version: rows.version,
    workspaces: rows.workspaces.map(readWorkspace),
    pools: buildPools(rows),
    bots: opened(rows.bots, readBot),
    products: rows.products.map(readProduct),
    accounts: opened(rows.accounts, readGatewayAccount),
    destinations: opened(rows.destinations, readDestination),
    domains: rows.domains.map(readDomain),
  };
}

/** One snapshot of the database for all tables, so that a pool never comes without its bots. */
function loadRows(db: Kysely<Database>) {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => ({
      version: await findSettingsVersion(trx),
      workspaces: await trx.selectFrom('workspaces').selectAll().orderBy('workspace_id').execute(),
      bots: await trx.selectFrom('bots').selectAll().orderBy('bot_id').execute(),
      products: await trx
        .selectFrom('products')
        .selectAll()
        .orderBy('created_at')
        .orderBy('product_id')
        .execute(),
      pools: await trx.selectFrom('pools').selectAll().orderBy('pool_id').execute(),
      places: await trx.selectFrom('pool_bots').selectAll().orderBy('position').execute(),
      accounts: await trx
        .selectFrom('gateway_accounts')
        .selectAll()
        .where('is_active', '=', true)
        .orderBy('account_id')
        .execute(),
      destinations: await trx.selectFrom('destinations').selectAll().orderBy('destination_id').execute(),
      domains: await trx.selectFrom('domains').selectAll().orderBy('domain_id').execute(),
    }));
}

type Rows = Awaited<ReturnType<typeof loadRows>>;

function buildPools(rows: Rows): EdgePool[] {
  const workspaces = new Map(rows.workspaces.map((row) => [row.workspace_id, row]));
  const bots = new Map(rows.bots.map((row) => [row.bot_id, row]));
  const destinations = new Map(rows.destinations.map((row) => [row.pool_id, row]));
  const places = Map.groupBy(rows.places, (row) => row.pool_id);
  return rows.pools.flatMap((pool) => {
    const workspace = workspaces.get(pool.workspace_id);
    if (!workspace) return [];
    const destination = destinations.get(pool.pool_id);
    return [buildEdgePool({ pool, workspace, places: places.get(pool.pool_id) ?? [], bots, destination })];
  });
}

function readWorkspace(row: WorkspaceRow): Workspace {
  return {
    workspaceId: row.workspace_id,
    name: row.name,
    timezone: row.timezone,
    currency: row.currency,
    defaultConsent: row.default_consent === 'denied' ? 'denied' : 'granted',
    isDemo: row.is_demo,
  };
}
