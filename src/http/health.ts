import { z } from 'zod';
import { buildCaptureStream, captureStreamSchema } from './capture-stream.ts';
import type { AppDeps } from './deps.ts';
import { buildHotStores, hotStoresSchema } from './store-chain.ts';

/** A part that cannot tell how it is within this time counts as away. */
const PROBE_MS = 1500;

const partSchema = z.object({ ok: z.boolean(), detail: z.string() });

/** How each part is; `ready` while clicks can be captured durably. */
export const readinessSchema = z.object({
  status: z.enum(['ready', 'not_ready']),
  parts: z.object({
    capture_log: partSchema.extend({
      deferred: z.int().describe('Records that wait in memory for the disk.'),
      lost: z.int(),
    }),
    capture_stream: captureStreamSchema,
    settings: partSchema.extend({
      source: z.enum(['database', 'snapshot', 'none']),
      version: z.int(),
    }),
    hot_stores: hotStoresSchema,
    database: partSchema,
    migrations: partSchema,
  }),
});

type Readiness = z.infer<typeof readinessSchema>;

/** Asks every part how it is. The database may be away: clicks are captured without it. */
export async function findReadiness(deps: AppDeps): Promise<Readiness> {
  const capture_log = buildLogPart(deps);
  const settings = buildSettingsPart(deps);
  const migrations = await probeMigrations(deps);
  return {
    status: capture_log.ok && settings.ok ? 'ready' : 'not_ready',
    parts: {
      capture_log,
      capture_stream: buildCaptureStream(deps.readStream()),
      settings,
      hot_stores: buildHotStores(deps.readStores()),
      database: migrations.database,
      migrations: migrations.migrations,
    },
  };
}

function buildLogPart({ log }: AppDeps): Readiness['parts']['capture_log'] {
  const { failing, deferred, lost, lastError } = log.state();
  const detail = failing
    ? `The disk refuses: ${lastError ?? 'unknown error'}.`
    : 'Clicks are written durably.';
  return { ok: !failing, detail, deferred, lost };
}

function buildSettingsPart({ registry }: AppDeps): Readiness['parts']['settings'] {
  const { source, version } = registry;
  const detail = {
    database: 'In step with the database.',
    snapshot: 'The last copy on disk, because the database was away at the start.',
    none: 'No settings yet: the database is away and there is no copy on disk.',
  }[source];
  return { ok: source !== 'none', detail, source, version };
}

async function probeMigrations(deps: AppDeps): Promise<Pick<Readiness['parts'], 'database' | 'migrations'>> {
  try {
    const state = await within(PROBE_MS, deps.readMigrationState());
    return {
      database: { ok: true, detail: 'Reached.' },
      migrations: { ok: state.kind === 'current', detail: `The schema is ${state.kind}.` },
    };
  } catch {
    return {
      database: { ok: false, detail: 'Not reached; clicks are kept in the capture log until it is.' },
      migrations: { ok: false, detail: 'Unknown while the database is away.' },
    };
  }
}

/** The answer, or an error if it takes longer than `ms`; what is late is left to itself. */
export async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
