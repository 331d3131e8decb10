import { z } from 'zod';
import type { BotRow } from './bots.ts';
import type { DestinationRow } from './destinations.ts';
import { readPixelSettings } from './pool-pixel.ts';
import type { PoolBotRow, PoolRow } from './pools.ts';
import type { EdgePool, Gate, PageTexts, PoolMeta } from './types.ts';
import type { WorkspaceRow } from './workspaces.ts';

const storedGate = z.object({
  link_key: z.string().nullish(),
  allowed_countries: z.array(z.string()).nullish(),
  block_bots: z.boolean().nullish(),
  block_datacenters: z.boolean().nullish(),
});

const storedText = z.object({
  title: z.string().optional(),
  text: z.string().optional(),
  button: z.string().optional(),
});

const storedPage = z.object({
  pt: storedText.optional(),
  en: storedText.optional(),
  colors: z
    .object({
      background: z.string().optional(),
      text: z.string().optional(),
      accent: z.string().optional(),
    })
    .optional(),
  image_url: z.string().optional(),
});

/** The gate as it is stored; what cannot be read asks for nothing. */
export function readGate(stored: unknown): Gate {
  const gate = storedGate.safeParse(stored).data;
  return {
    linkKey: gate?.link_key ?? null,
    allowedCountries: gate?.allowed_countries ?? [],
    blockBots: gate?.block_bots ?? false,
    blockDatacenters: gate?.block_datacenters ?? false,
  };
}

/** The bridge page's texts as they are stored; what cannot be read leaves the page's own. */
export function readPage(stored: unknown): PageTexts {
  const page = storedPage.safeParse(stored).data;
  if (!page) return {};
  const { image_url, ...texts } = page;
  return image_url === undefined ? texts : { ...texts, imageUrl: image_url };
}

/** The rows that a pool of the public edge is made of. */
export interface PoolParts {
  readonly pool: PoolRow;
  readonly workspace: WorkspaceRow;
  readonly places: readonly PoolBotRow[];
  readonly bots: ReadonlyMap<string, BotRow>;
  readonly destination: DestinationRow | undefined;
}

/** A pool as the public edge reads it. */
export function buildEdgePool({ pool, workspace, places, bots, destination }: PoolParts): EdgePool {
  return {
    poolId: pool.pool_id,
    workspaceId: pool.workspace_id,
    slug: pool.slug,
    name: pool.name,
    mode: pool.mode === 'direct' ? 'direct' : 'bridge',
    strategy: pool.strategy === 'round_robin' ? 'round_robin' : 'weighted',
    isActive: pool.is_active,
    bots: places.flatMap((place) => {
      const bot = bots.get(place.bot_id);
      if (!bot?.is_active) return [];
      return [
        {
          botId: bot.bot_id,
          username: bot.username,
          weight: place.weight,
          isEnabled: place.is_enabled,
        },
      ];
    }),
    meta: buildMeta(pool, destination),
    utmifyPixelId: pool.utmify_pixel_id,
    parameterBuilder: readParameterBuilder(pool.parameter_builder),
    consentMode: pool.consent_mode === 'ask' ? 'ask' : 'assumed',
    defaultConsent: workspace.default_consent === 'denied' ? 'denied' : 'granted',
    gate: pool.meta_cloaker_enabled ? readGate(pool.gate) : null,
    rateLimit: pool.go_rate_limit,
    page: readPage(pool.page),
    isDemo: workspace.is_demo,
  };
}

function buildMeta(pool: PoolRow, destination: DestinationRow | undefined): PoolMeta | null {
  const { pixelId } = readPixelSettings(destination?.settings);
  if (!pool.meta_tracking_enabled || pixelId === null) return null;
  return {
    pixelId,
    sendPageView: pool.meta_events_pageview,
    sendViewContent: pool.meta_events_viewcontent,
    sendInitiateCheckout: pool.meta_events_initiatecheckout,
    sendPurchase: pool.meta_events_purchase,
  };
}

function readParameterBuilder(value: string): EdgePool['parameterBuilder'] {
  return value === 'always' || value === 'never' ? value : 'consent';
}
