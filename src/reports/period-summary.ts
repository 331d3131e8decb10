import { type Kysely, sql } from 'kysely';
import type { ReportPeriod } from '../domain/report-period.ts';
import type { Database } from '../io/database.gen.ts';
import { findOverview, type Overview } from './analytics/overview.ts';
import { type CaptureReport, captureReport } from './capture.ts';

/** What a week or a month brought, for whoever pays for the ads; nothing in it says who the people are. */
export interface PeriodSummary {
  readonly workspace: string;
  readonly timezone: string;
  readonly currency: string;
  readonly period: ReportPeriod;
  readonly overview: Overview;
  readonly capture: CaptureReport;
  readonly platforms: readonly PlatformDeliveries[];
  readonly troubles: readonly Trouble[];
}

/** How many conversions of the period a platform was told of. */
export interface PlatformDeliveries {
  readonly platform: string;
  readonly sent: number;
  readonly failed: number;
  readonly skipped: number;
  readonly waiting: number;
}

/** A destination that takes nothing at present. */
export interface Trouble {
  readonly platform: string;
  readonly name: string;
  readonly reason: string;
}

/** Puts a period together; null if there is no such workspace. */
export async function findPeriodSummary(
  db: Kysely<Database>,
  question: { readonly workspaceId: string; readonly period: ReportPeriod },
): Promise<PeriodSummary | null> {
  const { workspaceId, period } = question;
  const workspace = await db
    .selectFrom('workspaces')
    .select(['name', 'timezone', 'currency'])
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirst();
  if (!workspace) return null;
  const { name, timezone, currency } = workspace;
  const range = { ...period, timezone, isOwnZone: true };
  const stretch = await findStretch(db, period, timezone);
  return {
    workspace: name,
    timezone,
    currency,
    period,
    overview: await findOverview(db, { workspaceId, currency, range, filters: {} }),
    capture: await captureReport(db, { workspaceId, ...stretch }),
    platforms: await countDeliveries(db, { workspaceId, ...stretch }),
    troubles: await listTroubles(db, workspaceId),
  };
}

/** The moments at which the days begin and end in their zone. */
async function findStretch(
  db: Kysely<Database>,
  { from, to }: ReportPeriod,
  timezone: string,
): Promise<{ from: Date; to: Date }> {
  const { rows } = await sql<{ from: Date; to: Date }>`
    select ${from}::date::timestamp at time zone ${timezone} as "from",
      (${to}::date + 1)::timestamp at time zone ${timezone} as "to"`.execute(db);
  const [row] = rows;
  if (!row) throw new Error('a query without tables gave no row');
  return row;
}

interface Stretch {
  readonly workspaceId: string;
  readonly from: Date;
  readonly to: Date;
}

/** Conversions have ids that begin with their time, by which they are found without an index of their own. */
async function countDeliveries(
  db: Kysely<Database>,
  { workspaceId, from, to }: Stretch,
): Promise<readonly PlatformDeliveries[]> {
  const { rows } = await sql<PlatformDeliveries>`
    select d.platform, count(*) filter (where d.state = 'sent')::int as sent,
      count(*) filter (where d.state = 'failed')::int as failed,
      count(*) filter (where d.state = 'skipped')::int as skipped,
      count(*) filter (where d.state = 'due')::int as waiting
    from conversions c join deliveries d on d.conversion_id = c.conversion_id
    where c.workspace_id = ${workspaceId} and c.conversion_id >= ${buildFirstId(from)}::uuid
      and c.conversion_id < ${buildFirstId(to)}::uuid
    group by d.platform order by d.platform`.execute(db);
  return rows;
}

/** The lowest id (UUID v7) that is made at a moment. */
function buildFirstId(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

async function listTroubles(db: Kysely<Database>, workspaceId: string): Promise<readonly Trouble[]> {
  const { rows } = await sql<Trouble>`
    select d.platform, d.name, coalesce(s.pause_reason, s.last_failure, '') as reason
    from destinations d join destination_states s on s.destination_id = d.destination_id
    where d.workspace_id = ${workspaceId} and d.is_active and (s.paused_at is not null or s.failures >= 3)
    order by d.platform, d.name limit 20`.execute(db);
  return rows;
}
