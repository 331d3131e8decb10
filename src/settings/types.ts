import type { Money } from '../domain/money.ts';

/** Who owns everything else. Times are shown, and days are counted, in `timezone`. */
export interface Workspace {
  readonly workspaceId: string;
  readonly name: string;
  /** IANA name: `America/Sao_Paulo`. */
  readonly timezone: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly defaultConsent: 'granted' | 'denied';
  readonly isDemo: boolean;
}

/** A Telegram bot with its secrets in the clear, as the bot room needs it. Never log or answer one. */
export interface RegisteredBot {
  readonly botId: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly token: string;
  /** Telegram's own id of the bot, in decimal. */
  readonly telegramBotId: string;
  readonly username: string;
  readonly webhookSecret: string;
  readonly welcomeMessage: string;
  readonly isActive: boolean;
  /** Talks to the built-in simulator instead of Telegram. */
  readonly isSimulated: boolean;
  readonly delivery: 'webhook' | 'polling';
}

/** What a bot sells. */
export interface Product {
  readonly productId: string;
  readonly workspaceId: string;
  readonly botId: string;
  readonly name: string;
  readonly price: Money;
  readonly deliveryUrl: string;
  readonly isActive: boolean;
}

/** An account at a payment gateway, its credentials in the clear. Never log or answer one. */
export interface GatewayAccount {
  readonly accountId: string;
  readonly workspaceId: string;
  readonly gateway: string;
  readonly name: string;
  /** JSON that the gateway's own schema has accepted. */
  readonly credentials: unknown;
  readonly isDefault: boolean;
}

/** Our account at an ad platform, its credentials in the clear. Never log or answer one. */
export interface Destination {
  readonly destinationId: string;
  readonly workspaceId: string;
  /** The pool whose own pixel this is; null for a destination of the whole workspace. */
  readonly poolId: string | null;
  readonly platform: string;
  readonly name: string;
  /** JSON that the platform's own schemas have accepted, as `settings`. */
  readonly credentials: unknown;
  readonly settings: unknown;
  readonly isActive: boolean;
}

/** One language of the bridge page; what is absent takes the page's own default. */
export interface PageText {
  readonly title?: string | undefined;
  readonly text?: string | undefined;
  readonly button?: string | undefined;
}

/** Colours of the bridge page as `#rrggbb`. */
export interface PageColors {
  readonly background?: string | undefined;
  readonly text?: string | undefined;
  readonly accent?: string | undefined;
}

/** Everything that a pool may say about its bridge page. */
export interface PageTexts {
  readonly pt?: PageText | undefined;
  readonly en?: PageText | undefined;
  readonly colors?: PageColors | undefined;
  /** Absolute https address of the picture. */
  readonly imageUrl?: string | undefined;
}

/** What the gate asks of a visitor. */
export interface Gate {
  /** The value that `grim` must have; null asks for none. */
  readonly linkKey: string | null;
  /** ISO 3166-1 alpha-2; empty allows all. */
  readonly allowedCountries: readonly string[];
  readonly blockBots: boolean;
  readonly blockDatacenters: boolean;
}

/** An active bot of a pool. */
export interface PoolBot {
  readonly botId: string;
  readonly username: string;
  readonly weight: number;
  readonly isEnabled: boolean;
}

/** The pool's pixel and the events that its switches let through. */
export interface PoolMeta {
  readonly pixelId: string;
  readonly sendPageView: boolean;
  readonly sendViewContent: boolean;
  readonly sendInitiateCheckout: boolean;
  readonly sendPurchase: boolean;
}

/** A pool as the public edge reads it; holds no secret, so it may stand in the snapshot file. */
export interface EdgePool {
  readonly poolId: string;
  readonly workspaceId: string;
  readonly slug: string;
  readonly name: string;
  readonly mode: 'bridge' | 'direct';
  readonly strategy: 'weighted' | 'round_robin';
  readonly isActive: boolean;
  /** Only bots that are active themselves. */
  readonly bots: readonly PoolBot[];
  /** Null unless Meta tracking is on and there is a pixel. */
  readonly meta: PoolMeta | null;
  readonly utmifyPixelId: string | null;
  readonly parameterBuilder: 'consent' | 'always' | 'never';
  readonly consentMode: 'assumed' | 'ask';
  /** The workspace's. */
  readonly defaultConsent: 'granted' | 'denied';
  /** Null when the gate is off. */
  readonly gate: Gate | null;
  /** Clicks an hour an IP; null = the server's setting, 0 = none. */
  readonly rateLimit: number | null;
  readonly page: PageTexts;
  readonly isDemo: boolean;
}

/** A site that sends its visits and leads here; holds no secret, so it may stand in the snapshot file. */
export interface SiteDomain {
  readonly domainId: string;
  readonly workspaceId: string;
  /** Whose pages may send: `https://example.com`; the first is the site's own address. */
  readonly origins: readonly string[];
  readonly isActive: boolean;
}

/** Where the copy in memory came from: `snapshot` = the file, because the database was away at the start. */
export type RegistrySource = 'database' | 'snapshot' | 'none';

/** The whole configuration in memory, read synchronously; follows the database within half a second. */
export interface Registry {
  poolBySlug(slug: string): EdgePool | undefined;
  pool(poolId: string): EdgePool | undefined;
  bot(botId: string): RegisteredBot | undefined;
  bots(): readonly RegisteredBot[];
  /** Active products of a bot, oldest first. */
  productsOf(botId: string): readonly Product[];
  product(productId: string): Product | undefined;
  defaultAccount(workspaceId: string): GatewayAccount | undefined;
  account(accountId: string): GatewayAccount | undefined;
  destination(destinationId: string): Destination | undefined;
  /** Active destinations: the pool's own pixel, if a pool is given, and those of the whole workspace. */
  destinationsFor(owner: {
    readonly workspaceId: string;
    readonly poolId: string | null;
  }): readonly Destination[];
  workspace(workspaceId: string): Workspace | undefined;
  domain(domainId: string): SiteDomain | undefined;
  /** Whether an active domain has this origin: a browser asks before it says which domain it is. */
  isSiteOrigin(origin: string): boolean;
  readonly version: number;
  readonly source: RegistrySource;
  /** Reads the database now; rejects if it is away, and the last copy stays. */
  refresh(): Promise<void>;
  /** Calls back after each change of the copy; returns what stops it. */
  onChange(listener: () => void): () => void;
  close(): void;
}
