import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { SettingsCopy } from './copy.ts';

const FILE = 'settings-snapshot.json';

/** The part of the configuration that a start without a database serves clicks with; holds no secret. */
export type Snapshot = Pick<SettingsCopy, 'version' | 'workspaces' | 'pools' | 'domains'>;

const text = z.object({ title: z.string(), text: z.string(), button: z.string() }).partial();

const poolSchema = z.object({
  poolId: z.string(),
  workspaceId: z.string(),
  slug: z.string(),
  name: z.string(),
  mode: z.enum(['bridge', 'direct']),
  strategy: z.enum(['weighted', 'round_robin']),
  isActive: z.boolean(),
  bots: z.array(
    z.object({ botId: z.string(), username: z.string(), weight: z.number(), isEnabled: z.boolean() }),
  ),
  meta: z
    .object({
      pixelId: z.string(),
      sendPageView: z.boolean(),
      sendViewContent: z.boolean(),
      sendInitiateCheckout: z.boolean(),
      sendPurchase: z.boolean(),
    })
    .nullable(),
  utmifyPixelId: z.string().nullable(),
  parameterBuilder: z.enum(['consent', 'always', 'never']),
  consentMode: z.enum(['assumed', 'ask']),
  defaultConsent: z.enum(['granted', 'denied']),
  gate: z
    .object({
      linkKey: z.string().nullable(),
      allowedCountries: z.array(z.string()),
      blockBots: z.boolean(),
      blockDatacenters: z.boolean(),
    })
    .nullable(),
  rateLimit: z.number().nullable(),
  page: z.object({
    pt: text.optional(),
    en: text.optional(),
    colors: z.object({ background: z.string(), text: z.string(), accent: z.string() }).partial().optional(),
    imageUrl: z.string().optional(),
  }),
  isDemo: z.boolean(),
});

const snapshotSchema = z.object({
  version: z.number(),
  workspaces: z.array(
    z.object({
      workspaceId: z.string(),
      name: z.string(),
      timezone: z.string(),
      currency: z.string(),
      defaultConsent: z.enum(['granted', 'denied']),
      isDemo: z.boolean(),
    }),
  ),
  pools: z.array(poolSchema),
  // A snapshot of a program before this one has none.
  domains: z
    .array(
      z.object({
        domainId: z.string(),
        workspaceId: z.string(),
        origins: z.array(z.string()),
        isActive: z.boolean(),
      }),
    )
    .default([]),
});

/** Replaces the snapshot file at once (mode 0600): whoever reads it sees the old or the new one, never a half. */
export async function saveSnapshot(dataDir: string, snapshot: Snapshot): Promise<void> {
  const { version, workspaces, pools, domains } = snapshot;
  const path = join(dataDir, FILE);
  const draft = `${path}.${process.pid}`;
  try {
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify({ version, workspaces, pools, domains }));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** The last snapshot; undefined if there is none or it cannot be read. */
export async function findSnapshot(dataDir: string): Promise<Snapshot | undefined> {
  try {
    const content: unknown = JSON.parse(await readFile(join(dataDir, FILE), 'utf8'));
    return snapshotSchema.safeParse(content).data;
  } catch {
    return undefined;
  }
}
