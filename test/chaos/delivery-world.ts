import { afterAll, expect } from 'vitest';
import { type HttpRequest, readJsonObject } from '../../src/domain/http-message.ts';
import { openDatabase } from '../../src/io/database.ts';
import { MetaSimulator } from '../../src/simulators/meta.ts';
import { listenSimulator } from '../../src/simulators/simulator-server.ts';
import { asObjects } from '../../src/simulators/vendor-simulator.ts';
import type { TestServerOptions } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Counts } from './counts.ts';
import { type ClickWorld, openClickWorld } from './server-world.ts';
import { TroubledVendor } from './troubled-vendor.ts';

/** A click world whose clicks are told to a simulated Meta as they come. */
export interface DeliveryWorld extends ClickWorld {
  readonly meta: TroubledVendor;
  /** What `META_GRAPH_URL` is. */
  readonly metaUrl: string;
  /** A further pool with a pixel of its own; returns its click address. */
  addPixel(pixelId: string): Promise<string>;
}

/** The pixel of the world's first pool. */
export const PIXEL = '1000000000';

/** A Meta that counts for itself, without a listener. `now` is its clock. */
export function makeMeta(now: () => number = Date.now): TroubledVendor {
  return new TroubledVendor({
    inner: new MetaSimulator({ now }),
    readEventIds,
    readAccount: (request) => new URL(request.url).pathname.split('/')[2] ?? '',
    errors: {
      hidden: { error: { message: 'An unknown error has occurred', type: 'OAuthException', code: 1 } },
      tooFast: { error: { message: 'There have been too many calls', type: 'OAuthException', code: 80004 } },
    },
  });
}

const readEventIds = (request: HttpRequest): string[] =>
  asObjects(readJsonObject(request.body ?? '')?.data).map((event) => String(event.event_id));

/** Starts it; the first pool has the pixel `PIXEL`. */
export async function openDeliveryWorld(
  options: TestServerOptions = {},
  meta: TroubledVendor = makeMeta(),
): Promise<DeliveryWorld> {
  const listening = await listenSimulator(meta);
  afterAll(() => listening.close());
  const env = { META_GRAPH_URL: listening.url, ...options.env };
  const world = await openClickWorld({ ...options, env });
  const addPixel = async (pixelId: string): Promise<string> => {
    const slug = `pixel-${pixelId}`;
    const made = await world.server.api('POST', '/pools', {
      slug,
      name: slug,
      mode: 'direct',
      bots: [{ bot_id: world.botId, weight: 1, is_enabled: true }],
      meta_tracking_enabled: true,
      meta_pixel_id: pixelId,
      meta_access_token: 'EAAtest-token-of-the-tests',
      meta_events_pageview: true,
    });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    return `${world.server.url}/go/${slug}`;
  };
  const goUrl = await addPixel(PIXEL);
  return { ...world, goUrl, meta, metaUrl: listening.url, addPixel };
}

/** Not every platform gives a receipt; Meta does. */
const UNSETTLED = `(state <> 'sent' or (platform = 'meta' and receipt is null))`;

/** A dead sender's claims end after a minute; then a minute or two for the rest. */
const TOLD_MS = 180_000;

/** Waits until Meta has every acknowledged click and we know it; the vendor's own count then. */
export async function readDeliveries(
  world: Pick<DeliveryWorld, 'server' | 'meta'>,
  acknowledged: ReadonlySet<string>,
): Promise<Counts> {
  const handle = await openDatabase(world.server.database.options);
  const isSettled = async () => {
    const { eventIds } = world.meta;
    if (![...acknowledged].every((token) => eventIds.has(`evt_${token}`))) return false;
    const { rows } = await handle.pool.query<{ open: string }>(
      `select count(*) as open from deliveries where ${UNSETTLED}`,
    );
    return rows[0]?.open === '0';
  };
  try {
    await waitFor('all deliveries', isSettled, { timeoutMs: TOLD_MS, everyMs: 250 }).catch(() => undefined);
    return world.meta.count();
  } finally {
    await handle.close();
  }
}

/** Waits until the deliveries of these clicks are settled as sent, whatever becomes of others. */
export async function waitUntilSent(
  world: Pick<DeliveryWorld, 'server'>,
  tokens: ReadonlySet<string>,
): Promise<void> {
  const handle = await openDatabase(world.server.database.options);
  const eventIds = [...tokens].map((token) => `evt_${token}`);
  const isSent = async () => {
    const { rows } = await handle.pool.query<{ sent: string }>(
      `select count(*) as sent from deliveries join conversions using (conversion_id)
      where state = 'sent' and event_id = any($1)`,
      [eventIds],
    );
    return rows[0]?.sent === String(eventIds.length);
  };
  await waitFor('these deliveries', isSent, { timeoutMs: TOLD_MS, everyMs: 250 }).finally(() =>
    handle.close(),
  );
}

/** Meta was told of each acknowledged click, once, under its own event id, and every delivery has its receipt. */
export async function expectToldOnce(
  world: Pick<DeliveryWorld, 'server' | 'meta'>,
  acknowledged: ReadonlySet<string>,
): Promise<void> {
  const { eventIds, sentTwice } = world.meta;
  expect([...acknowledged].filter((token) => !eventIds.has(`evt_${token}`))).toEqual([]);
  expect(sentTwice).toEqual([]);
  const handle = await openDatabase(world.server.database.options);
  let unsettled: readonly object[] = [];
  const look = async () => {
    const { rows } = await handle.pool.query<object>(
      `select platform, state, reason, receipt, count(*) from deliveries where ${UNSETTLED} group by 1, 2, 3, 4`,
    );
    unsettled = rows;
    return rows.length === 0;
  };
  // A click whose answer a kill cut off was acknowledged to nobody, and may be planned only now.
  await waitFor('no delivery to be open', look).catch(() => undefined);
  await handle.close();
  expect(unsettled).toEqual([]);
}
