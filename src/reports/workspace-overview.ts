import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** What a workspace has configured, and its newest clicks and sales; nothing in it says who the people are. */
export interface WorkspaceOverview {
  readonly name: string;
  readonly timezone: string;
  readonly bots: readonly { readonly username: string; readonly problem: string | null }[];
  readonly products: number;
  readonly gateways: readonly string[];
  readonly pools: readonly { readonly slug: string; readonly name: string; readonly hasPixel: boolean }[];
  readonly destinations: number;
  readonly clicks: readonly OverviewClick[];
  readonly sales: readonly OverviewSale[];
}

/** A click as the list shows it. */
export interface OverviewClick {
  readonly token: string;
  readonly at: Date;
  readonly slug: string | null;
  readonly source: string | null;
  readonly campaign: string | null;
}

/** A charge or a sale as the list shows it. */
export interface OverviewSale {
  readonly paymentId: string;
  readonly at: Date;
  readonly product: string;
  /** Decimal string. */
  readonly amount: string;
  readonly currency: string;
  readonly status: string;
  readonly isAttributed: boolean;
}

const NEWEST = 8;
const MOST_SETTINGS = 50;

/** Reads the overview; null if there is no such workspace. */
export async function findWorkspaceOverview(
  db: Kysely<Database>,
  workspaceId: string,
): Promise<WorkspaceOverview | null> {
  const workspace = await db
    .selectFrom('workspaces')
    .select(['name', 'timezone'])
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirst();
  if (!workspace) return null;
  return {
    ...workspace,
    bots: await listActiveBots(db, workspaceId),
    products: await countActive(db, 'products', workspaceId),
    gateways: await listGateways(db, workspaceId),
    pools: await listActivePools(db, workspaceId),
    destinations: await countActive(db, 'destinations', workspaceId),
    clicks: await listNewestClicks(db, workspaceId),
    sales: await listNewestSales(db, workspaceId),
  };
}

function listActiveBots(db: Kysely<Database>, workspaceId: string) {
  return db
    .selectFrom('bots')
    .select(['username', 'delivery_problem as problem'])
    .where('workspace_id', '=', workspaceId)
    .where('is_active', '=', true)
    .orderBy('created_at')
    .limit(MOST_SETTINGS)
    .execute();
}

async function countActive(
  db: Kysely<Database>,
  table: 'products' | 'destinations',
  workspaceId: string,
): Promise<number> {
  const row = await db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .where('is_active', '=', true)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

async function listGateways(db: Kysely<Database>, workspaceId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('gateway_accounts')
    .select('gateway')
    .where('workspace_id', '=', workspaceId)
    .where('is_active', '=', true)
    .orderBy('created_at')
    .limit(MOST_SETTINGS)
    .execute();
  return rows.map((row) => row.gateway);
}

async function listActivePools(db: Kysely<Database>, workspaceId: string) {
  const rows = await db
    .selectFrom('pools')
    .leftJoin('destinations', 'destinations.pool_id', 'pools.pool_id')
    .select(['pools.slug', 'pools.name', 'pools.meta_tracking_enabled', 'destinations.destination_id'])
    .where('pools.workspace_id', '=', workspaceId)
    .where('pools.is_active', '=', true)
    .orderBy('pools.created_at')
    .limit(MOST_SETTINGS)
    .execute();
  return rows.map(({ slug, name, ...row }) => ({
    slug,
    name,
    hasPixel: row.meta_tracking_enabled && row.destination_id !== null,
  }));
}

function listNewestClicks(db: Kysely<Database>, workspaceId: string): Promise<OverviewClick[]> {
  return db
    .selectFrom('clicks')
    .leftJoin('pools', 'pools.pool_id', 'clicks.pool_id')
    .select(['clicks.tracking_token as token', 'clicks.created_at as at', 'pools.slug'])
    .select(['clicks.utm_source as source', 'clicks.utm_campaign as campaign'])
    .where('clicks.workspace_id', '=', workspaceId)
    .orderBy('clicks.created_at', 'desc')
    .limit(NEWEST)
    .execute();
}

async function listNewestSales(db: Kysely<Database>, workspaceId: string): Promise<OverviewSale[]> {
  const rows = await db
    .selectFrom('payments')
    .select(['id', 'created_at', 'product_name', 'amount', 'currency', 'status', 'tracking_token'])
    .where('workspace_id', '=', workspaceId)
    .orderBy('id', 'desc')
    .limit(NEWEST)
    .execute();
  return rows.map((row) => ({
    paymentId: row.id,
    at: row.created_at,
    product: row.product_name,
    amount: row.amount,
    currency: row.currency,
    status: row.status,
    isAttributed: row.tracking_token !== null,
  }));
}
