import type { z } from 'zod';
import { type DestinationHealth, listDestinationHealth } from '../reports/destination-health.ts';
import { listRedirectCounts, type RedirectCount } from '../reports/redirect-counts.ts';
import { type DestinationRow, listPoolDestinations } from '../settings/destinations.ts';
import { readGate, readPage } from '../settings/edge-pools.ts';
import { readPixel } from '../settings/pool-pixel.ts';
import { listPoolBots, type PoolBotRow, type PoolRow } from '../settings/pools.ts';
import type { PageTexts } from '../settings/types.ts';
import type { AppDeps } from './deps.ts';
import { buildHealth } from './destination-health.ts';
import type { poolSchema } from './pool-fields.ts';

type PoolAnswer = z.infer<typeof poolSchema>;

interface Parts {
  readonly pool: PoolRow;
  readonly places: readonly PoolBotRow[];
  readonly destination: DestinationRow | undefined;
  readonly health: DestinationHealth | undefined;
  readonly redirects: RedirectCount | undefined;
}

/** Answers pools with their bots, counts and the state of their pixels: four queries however many they are. */
export async function buildPools(deps: AppDeps, pools: readonly PoolRow[]): Promise<PoolAnswer[]> {
  const poolIds = pools.map((pool) => pool.pool_id);
  const places = Map.groupBy(await listPoolBots(deps.db, poolIds), (place) => place.pool_id);
  const redirects = await listRedirectCounts(deps.db, poolIds);
  const destinations = await listPoolDestinations(deps.db, poolIds);
  const destinationIds = [...destinations.values()].map((row) => row.destination_id);
  const healths = await listDestinationHealth(deps.db, destinationIds);
  return pools.map((pool) => {
    const destination = destinations.get(pool.pool_id);
    return buildPool(deps, {
      pool,
      places: places.get(pool.pool_id) ?? [],
      destination,
      health: destination && healths.get(destination.destination_id),
      redirects: redirects.get(pool.pool_id),
    });
  });
}

function buildPool(deps: AppDeps, { pool, places, destination, health, redirects }: Parts): PoolAnswer {
  return {
    pool_id: pool.pool_id,
    slug: pool.slug,
    url: `${deps.publicUrl}/go/${pool.slug}`,
    name: pool.name,
    mode: pool.mode === 'direct' ? 'direct' : 'bridge',
    strategy: pool.strategy === 'round_robin' ? 'round_robin' : 'weighted',
    bots: places.map((place) => ({
      bot_id: place.bot_id,
      weight: place.weight,
      is_enabled: place.is_enabled,
      total_redirects: redirects?.byBot.get(place.bot_id) ?? 0,
    })),
    total_redirects: redirects?.total ?? 0,
    ...buildMetaPart(deps, pool, { destination, health }),
    utmify_pixel_id: pool.utmify_pixel_id,
    parameter_builder: readParameterBuilder(pool.parameter_builder),
    consent_mode: pool.consent_mode === 'ask' ? 'ask' : 'assumed',
    meta_cloaker_enabled: pool.meta_cloaker_enabled,
    gate: buildGate(pool.gate),
    go_rate_limit: pool.go_rate_limit,
    page: buildPageTexts(readPage(pool.page)),
    is_active: pool.is_active,
    created_at: pool.created_at.toISOString(),
    updated_at: pool.updated_at.toISOString(),
  };
}

function buildMetaPart(
  deps: AppDeps,
  pool: PoolRow,
  { destination, health }: Pick<Parts, 'destination' | 'health'>,
) {
  const pixel = readPixel(destination, deps.vault);
  const hasPixel = destination !== undefined && pixel.pixelId !== null;
  return {
    meta_tracking_enabled: pool.meta_tracking_enabled,
    meta_pixel_id: pixel.pixelId,
    has_meta_access_token: pixel.accessToken !== null,
    meta_test_event_code: pixel.testEventCode,
    meta_events_pageview: pool.meta_events_pageview,
    meta_events_viewcontent: pool.meta_events_viewcontent,
    meta_events_initiatecheckout: pool.meta_events_initiatecheckout,
    meta_events_purchase: pool.meta_events_purchase,
    meta_destination: hasPixel
      ? {
          destination_id: destination.destination_id,
          is_active: destination.is_active,
          ...buildHealth(health),
        }
      : null,
  };
}

function buildGate(stored: unknown): PoolAnswer['gate'] {
  const gate = readGate(stored);
  return {
    link_key: gate.linkKey,
    allowed_countries: [...gate.allowedCountries],
    block_bots: gate.blockBots,
    block_datacenters: gate.blockDatacenters,
  };
}

function buildPageTexts({ imageUrl, ...texts }: PageTexts): PoolAnswer['page'] {
  return imageUrl === undefined ? texts : { ...texts, image_url: imageUrl };
}

function readParameterBuilder(value: string): PoolAnswer['parameter_builder'] {
  return value === 'always' || value === 'never' ? value : 'consent';
}
