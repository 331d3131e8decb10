import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';
import type { Vault } from '../io/vault.ts';
import { findSettingsVersion, loadSettings, type SettingsCopy } from './copy.ts';
import { buildIndex, type SettingsIndex } from './registry-index.ts';
import { findSnapshot, saveSnapshot } from './snapshot.ts';
import type { Registry, RegistrySource } from './types.ts';

const POLL_MS = 500;
const EMPTY: SettingsCopy = {
  version: 0,
  workspaces: [],
  pools: [],
  bots: [],
  products: [],
  accounts: [],
  destinations: [],
  domains: [],
};

/** What the registry needs. */
export interface RegistryOptions {
  readonly db: Kysely<Database>;
  readonly vault: Vault;
  readonly logger: Logger;
  /** Where the snapshot file is; without it none is read or written (all processes but the edge). */
  readonly dataDir?: string;
}

/** Opens the registry: from the database, else from the snapshot file, else empty until the database is there. */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  const registry = new PollingRegistry(options);
  await registry.start();
  return registry;
}

class PollingRegistry implements Registry {
  readonly #options: RegistryOptions;
  readonly #listeners = new Set<() => void>();
  #index: SettingsIndex = buildIndex(EMPTY);
  #copy: SettingsCopy = EMPTY;
  #source: RegistrySource = 'none';
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;
  #isAway = false;
  #loading: Promise<void> = Promise.resolve();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  get version(): number {
    return this.#copy.version;
  }

  get source(): RegistrySource {
    return this.#source;
  }

  poolBySlug(slug: string) {
    return this.#index.poolBySlug.get(slug);
  }

  pool(poolId: string) {
    return this.#index.pool.get(poolId);
  }

  bot(botId: string) {
    return this.#index.bot.get(botId);
  }

  bots() {
    return this.#copy.bots;
  }

  productsOf(botId: string) {
    return this.#index.productsOf.get(botId) ?? [];
  }

  product(productId: string) {
    return this.#index.product.get(productId);
  }

  defaultAccount(workspaceId: string) {
    return this.#index.defaultAccount.get(workspaceId);
  }

  account(accountId: string) {
    return this.#index.account.get(accountId);
  }

  destination(destinationId: string) {
    return this.#index.destination.get(destinationId);
  }

  destinationsFor({ workspaceId, poolId }: { workspaceId: string; poolId: string | null }) {
    const own = poolId === null ? undefined : this.#index.destinationOfPool.get(poolId);
    const general = this.#index.destinationsOf.get(workspaceId) ?? [];
    return own?.workspaceId === workspaceId ? [own, ...general] : general;
  }

  workspace(workspaceId: string) {
    return this.#index.workspace.get(workspaceId);
  }

  domain(domainId: string) {
    return this.#index.domain.get(domainId.toLowerCase());
  }

  isSiteOrigin(origin: string) {
    return this.#index.origins.has(origin);
  }

  async start(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      this.#noteAway(error);
      await this.#takeSnapshot();
    }
    this.#schedule();
  }

  /** One load after the other: a load that began before a write must not be taken for one after it. */
  refresh(): Promise<void> {
    this.#loading = this.#loading.catch(() => undefined).then(() => this.#load());
    return this.#loading;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  async #load(): Promise<void> {
    const { db, vault, logger } = this.#options;
    const copy = await loadSettings(db, { vault, logger });
    if (this.#isClosed || (this.#source === 'database' && copy.version === this.#copy.version)) return;
    this.#take(copy, 'database');
    await this.#saveSnapshot(copy);
  }

  #take(copy: SettingsCopy, source: RegistrySource): void {
    this.#copy = copy;
    this.#index = buildIndex(copy);
    this.#source = source;
    for (const listener of this.#listeners) listener();
  }

  async #saveSnapshot(copy: SettingsCopy): Promise<void> {
    const { dataDir, logger } = this.#options;
    if (dataDir === undefined) return;
    await saveSnapshot(dataDir, copy).catch((error: unknown) =>
      logger.warn(
        { err: error },
        'the settings snapshot cannot be written; a start without database has an old one',
      ),
    );
  }

  async #takeSnapshot(): Promise<void> {
    const { dataDir, logger } = this.#options;
    const snapshot = dataDir === undefined ? undefined : await findSnapshot(dataDir);
    if (!snapshot) return;
    this.#take({ ...EMPTY, ...snapshot }, 'snapshot');
    logger.warn({ version: snapshot.version }, 'serving with the last settings snapshot');
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#poll(), POLL_MS);
    this.#timer.unref();
  }

  async #poll(): Promise<void> {
    try {
      const version = await findSettingsVersion(this.#options.db);
      if (this.#source !== 'database' || version !== this.#copy.version) await this.refresh();
      if (this.#isAway) this.#options.logger.info('the settings follow the database again');
      this.#isAway = false;
    } catch (error) {
      this.#noteAway(error);
    }
    this.#schedule();
  }

  #noteAway(error: unknown): void {
    if (this.#isAway || this.#isClosed) return;
    this.#isAway = true;
    this.#options.logger.warn({ err: error }, 'the settings cannot be read; the last copy stays in use');
  }
}
