import type { SettingsCopy } from './copy.ts';
import type {
  Destination,
  EdgePool,
  GatewayAccount,
  Product,
  RegisteredBot,
  SiteDomain,
  Workspace,
} from './types.ts';

/** The configuration by what it is asked for. */
export interface SettingsIndex {
  readonly workspace: ReadonlyMap<string, Workspace>;
  readonly domain: ReadonlyMap<string, SiteDomain>;
  /** Of all active domains. */
  readonly origins: ReadonlySet<string>;
  readonly pool: ReadonlyMap<string, EdgePool>;
  readonly poolBySlug: ReadonlyMap<string, EdgePool>;
  readonly bot: ReadonlyMap<string, RegisteredBot>;
  readonly product: ReadonlyMap<string, Product>;
  readonly productsOf: ReadonlyMap<string, readonly Product[]>;
  readonly account: ReadonlyMap<string, GatewayAccount>;
  readonly defaultAccount: ReadonlyMap<string, GatewayAccount>;
  readonly destination: ReadonlyMap<string, Destination>;
  /** Active ones by pool. */
  readonly destinationOfPool: ReadonlyMap<string, Destination>;
  /** Active ones of no pool, by workspace. */
  readonly destinationsOf: ReadonlyMap<string, readonly Destination[]>;
}

/** Builds the maps of a copy. */
export function buildIndex(copy: SettingsCopy): SettingsIndex {
  const active = copy.destinations.filter((destination) => destination.isActive);
  const products = copy.products.filter((product) => product.isActive);
  const defaults = copy.accounts.filter((account) => account.isDefault);
  return {
    workspace: mapBy(copy.workspaces, (workspace) => workspace.workspaceId),
    domain: mapBy(copy.domains, (domain) => domain.domainId),
    origins: new Set(copy.domains.flatMap((domain) => (domain.isActive ? domain.origins : []))),
    pool: mapBy(copy.pools, (pool) => pool.poolId),
    poolBySlug: mapBy(copy.pools, (pool) => pool.slug),
    bot: mapBy(copy.bots, (bot) => bot.botId),
    product: mapBy(copy.products, (product) => product.productId),
    productsOf: Map.groupBy(products, (product) => product.botId),
    account: mapBy(copy.accounts, (account) => account.accountId),
    defaultAccount: mapBy(defaults, (account) => account.workspaceId),
    destination: mapBy(copy.destinations, (destination) => destination.destinationId),
    destinationOfPool: new Map(active.flatMap((one) => (one.poolId === null ? [] : [[one.poolId, one]]))),
    destinationsOf: Map.groupBy(
      active.filter((one) => one.poolId === null),
      (one) => one.workspaceId,
    ),
  };
}

function mapBy<T>(list: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T> {
  return new Map(list.map((item) => [keyOf(item), item]));
}
