import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';
import { type DestinationRow, readDestination, saveDestination, updateDestination } from './destinations.ts';

/** A pool's own Meta pixel: a destination of the pool, so that there is one way out. */
export interface PoolPixel {
  readonly pixelId: string | null;
  readonly testEventCode: string | null;
  readonly accessToken: string | null;
}

/** What may change of it: absent fields stay, null clears. */
export type PixelChanges = { readonly [K in keyof PoolPixel]?: PoolPixel[K] | undefined };

const NO_PIXEL: PoolPixel = { pixelId: null, testEventCode: null, accessToken: null };

const storedSettings = z.object({ pixel_id: z.string(), test_event_code: z.string().nullish() });
const storedCredentials = z.object({ access_token: z.string() });

/** The pixel that a pool's destination stands for; `row` is undefined for a pool that never had one. */
export function readPixel(row: DestinationRow | undefined, vault: Vault): PoolPixel {
  if (!row) return NO_PIXEL;
  const destination = readDestination(row, vault);
  const credentials = storedCredentials.safeParse(destination.credentials);
  return { ...readPixelSettings(row.settings), accessToken: credentials.data?.access_token ?? null };
}

/** The part of a pixel that is no secret. */
export function readPixelSettings(settings: unknown): Omit<PoolPixel, 'accessToken'> {
  const read = storedSettings.safeParse(settings);
  return { pixelId: read.data?.pixel_id ?? null, testEventCode: read.data?.test_event_code ?? null };
}

interface PixelOwner {
  readonly workspaceId: string;
  readonly poolId: string;
  readonly poolName: string;
  readonly isTrackingEnabled: boolean;
}

/** Keeps the pool's destination in step with the pool; to be called in the transaction that changes the pool. */
export async function savePixel(
  trx: Kysely<Database>,
  vault: Vault,
  { owner, changes }: { readonly owner: PixelOwner; readonly changes: PixelChanges },
): Promise<void> {
  const query = trx.selectFrom('destinations').selectAll().where('pool_id', '=', owner.poolId);
  const row = await query.executeTakeFirst();
  const before = readPixel(row, vault);
  const pixel: PoolPixel = {
    pixelId: changes.pixelId === undefined ? before.pixelId : changes.pixelId,
    testEventCode: changes.testEventCode === undefined ? before.testEventCode : changes.testEventCode,
    accessToken: changes.accessToken === undefined ? before.accessToken : changes.accessToken,
  };
  if (row && pixel.pixelId === null) await clearPixel(trx, row.destination_id);
  else if (pixel.pixelId !== null) await storePixel(trx, vault, { owner, pixel, row });
}

/** What has been delivered keeps its destination, without a pixel and switched off. */
async function clearPixel(trx: Kysely<Database>, destinationId: string): Promise<void> {
  await trx
    .deleteFrom('destinations')
    .where('destination_id', '=', destinationId)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('deliveries').select('delivery_id').where('destination_id', '=', destinationId))),
    )
    .execute();
  const rest = trx.updateTable('destinations').set({ settings: '{}', is_active: false });
  await rest.where('destination_id', '=', destinationId).execute();
}

async function storePixel(
  trx: Kysely<Database>,
  vault: Vault,
  wish: { owner: PixelOwner; pixel: PoolPixel; row: DestinationRow | undefined },
): Promise<void> {
  const { owner, pixel, row } = wish;
  const content = {
    name: owner.poolName,
    credentials: pixel.accessToken === null ? {} : { access_token: pixel.accessToken },
    settings: {
      pixel_id: pixel.pixelId,
      ...(pixel.testEventCode === null ? {} : { test_event_code: pixel.testEventCode }),
    },
    isActive: owner.isTrackingEnabled && pixel.accessToken !== null,
  };
  const { workspaceId, poolId } = owner;
  if (row) {
    await updateDestination(trx, vault, { workspaceId, destinationId: row.destination_id, changes: content });
  } else {
    await saveDestination(trx, vault, { workspaceId, poolId, platform: 'meta', ...content });
  }
}
