import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';
import { isSkip, type Platform } from '../platforms/platform.ts';
import { findLapse } from '../platforms/windows.ts';
import type { Destination, Registry } from '../settings/types.ts';
import { findConversions, type KnownConversion } from './find-conversions.ts';
import { listContactProblems, listProblems, type PreflightProblem, readRefusal } from './preflight-rules.ts';
import { findSuspicions } from './suspicion.ts';

/** A problem with its conversion; destination and platform are null where it is about all of them. */
export interface PreflightFinding extends PreflightProblem {
  readonly conversionId: string;
  readonly eventId: string;
  readonly leadId: string | null;
  readonly destinationId: string | null;
  readonly platform: string | null;
}

/** What a preflight found. */
export interface Preflight {
  readonly checked: number;
  /** There are more due conversions than were looked at. */
  readonly isPart: boolean;
  readonly findings: readonly PreflightFinding[];
}

/** What a preflight needs; the newest copy of the settings is the caller's to have. */
export interface PreflightOptions {
  readonly db: Kysely<Database>;
  readonly vault: Vault;
  readonly registry: Registry;
  readonly findPlatform: (id: string) => Platform | undefined;
  /** Null = of all workspaces. */
  readonly workspaceId: string | null;
  /** Ms. */
  readonly now: number;
}

const MOST_CHECKED = 500;

/** Looks at conversions that are not sent yet as their platforms would, without sending anything. */
export async function runPreflight(options: PreflightOptions): Promise<Preflight> {
  const due = await listDue(options);
  const looked = due.slice(0, MOST_CHECKED);
  const ids = looked.map((row) => row.conversion_id);
  const conversions = await findConversions(options, ids);
  const problems = await findLeadProblems(options.db, looked);
  const suspicions = await findSuspicions(options.db, { conversionIds: ids, holds: false });
  const findings = looked.flatMap((row) => {
    const conversion = conversions.get(row.conversion_id);
    if (!conversion) return [];
    const own = [
      ...listProblems(conversion, options.now),
      ...listContactProblems(problems.get(row.lead_id ?? '')),
    ].map((problem) => buildFinding(conversion, null, problem));
    const suspicion = suspicions.get(row.conversion_id)?.reason;
    const withheld = suspicion ? [buildFinding(conversion, null, readRefusal(suspicion))] : [];
    return [...own, ...withheld, ...listRefusals(conversion, row, options)];
  });
  return { checked: looked.length, isPart: due.length > MOST_CHECKED, findings };
}

type DueRow = Awaited<ReturnType<typeof listDue>>[number];

/** The nearest to being sent first; what a platform has taken and works on is not due any more. */
async function listDue({ db, workspaceId }: PreflightOptions) {
  let query = db
    .selectFrom('conversions as c')
    .select(['c.conversion_id', 'c.workspace_id', 'c.pool_id', 'c.lead_id', 'c.occurred_at'])
    .where((where) =>
      where.or([
        where('c.planned_at', 'is', null),
        where.exists(
          where
            .selectFrom('deliveries as d')
            .select('d.delivery_id')
            .whereRef('d.conversion_id', '=', 'c.conversion_id')
            .where('d.state', '=', 'due')
            .where('d.request_id', 'is', null),
        ),
      ]),
    );
  if (workspaceId !== null) query = query.where('c.workspace_id', '=', workspaceId);
  return query
    .orderBy('c.occurred_at')
    .limit(MOST_CHECKED + 1)
    .execute();
}

async function findLeadProblems(
  db: Kysely<Database>,
  due: readonly DueRow[],
): Promise<ReadonlyMap<string, unknown>> {
  const ids = due.flatMap((row) => row.lead_id ?? []);
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('leads')
    .select(['lead_id', 'problems'])
    .where('lead_id', 'in', ids)
    .execute();
  return new Map(rows.map((row) => [row.lead_id, row.problems]));
}

/** Why a destination would not be told, each destination that takes such an event. */
function listRefusals(
  conversion: KnownConversion,
  row: DueRow,
  options: PreflightOptions,
): PreflightFinding[] {
  const owner = { workspaceId: row.workspace_id, poolId: row.pool_id };
  return options.registry.destinationsFor(owner).flatMap((destination) => {
    const platform = options.findPlatform(destination.platform);
    if (!platform?.takes.includes(conversion.name) || conversion.consent === 'pending') return [];
    const reason = findRefusal(conversion, { platform, destination, now: options.now });
    return reason === null ? [] : [buildFinding(conversion, destination, readRefusal(reason))];
  });
}

interface Looker {
  readonly platform: Platform;
  readonly destination: Destination;
  readonly now: number;
}

function findRefusal(conversion: KnownConversion, { platform, destination, now }: Looker): string | null {
  const lapse = findLapse(conversion, platform.windows(conversion, destination.settings), now);
  if (lapse !== null) return lapse;
  // Nothing is sent, so that no base URL is needed.
  const opened = platform.open(destination, () => '');
  if (opened.kind === 'misconfigured') return opened.reason;
  const event = opened.buildEvent(conversion, now);
  return isSkip(event) ? event.reason : null;
}

function buildFinding(
  conversion: KnownConversion,
  destination: Destination | null,
  problem: PreflightProblem,
): PreflightFinding {
  return {
    ...problem,
    conversionId: conversion.conversionId,
    eventId: conversion.eventId,
    leadId: conversion.leadId,
    destinationId: destination?.destinationId ?? null,
    platform: destination?.platform ?? null,
  };
}
