import type { ConversionAction, ConversionName } from '../domain/conversion.ts';
import { buildId } from '../domain/ids.ts';
import type { Platform } from '../platforms/platform.ts';
import { buildDeadline, findLapse } from '../platforms/windows.ts';
import type { Destination, PoolMeta, Registry } from '../settings/types.ts';
import type { DueConversion } from './due-conversion.ts';
import type { Told } from './replace-waiting.ts';

/** What decides where a conversion goes. */
export interface PlanSettings {
  readonly registry: Registry;
  readonly findPlatform: (id: string) => Platform | undefined;
  /** The present moment. */
  readonly now: Date;
}

/** Where one conversion goes. */
export interface Plan {
  readonly conversionId: string;
  /** Why there are no deliveries, or none that will be sent; null where there are. */
  readonly outcome: string | null;
  readonly deliveries: readonly PlannedDelivery[];
}

/** A row of `deliveries` to be. */
export interface PlannedDelivery {
  readonly delivery_id: string;
  readonly workspace_id: string;
  readonly conversion_id: string;
  readonly destination_id: string;
  readonly platform: string;
  readonly action: ConversionAction;
  readonly revision: number;
  readonly state: 'due' | 'skipped';
  readonly reason: string | null;
  readonly next_attempt_at: Date;
  readonly deadline_at: Date;
  readonly settled_at: Date | null;
}

/** A conversion and what is known of it at destinations already. */
export interface PlannedConversion {
  readonly conversion: DueConversion;
  readonly told: Told;
  /** Why its person is suspicious, where such people are kept out; null for all others. */
  readonly suspicion: string | null;
}

/** Decides where a conversion goes and what is said there: it, its new value, or that it came to nothing. */
export function buildPlan({ conversion, told, suspicion }: PlannedConversion, settings: PlanSettings): Plan {
  const { registry } = settings;
  const conversionId = conversion.conversion_id;
  const none = (outcome: string): Plan => ({ conversionId, outcome, deliveries: [] });
  const all = registry.destinationsFor({ workspaceId: conversion.workspace_id, poolId: conversion.pool_id });
  if (all.length === 0) return none('no destination: none is active here');
  const takers = all.filter((destination) => takesEvent(conversion, destination, settings));
  if (takers.length === 0) return none('no destination: none that is active here takes this event');
  const wanted = takers.filter((destination) => isSwitchedOn(conversion, destination, registry));
  if (wanted.length === 0) return none('switched off: the pool does not send this event');
  const refusal = conversion.consent === 'denied' ? 'consent: the person has not agreed to ads' : null;
  const deliveries = wanted.map((destination) =>
    buildDelivery({ conversion, told, suspicion, destination, refusal }, settings),
  );
  const withheld = deliveries.every(({ reason }) => reason === suspicion) ? suspicion : null;
  const reason = refusal ?? withheld;
  return { conversionId, outcome: reason && `skipped: ${reason}`, deliveries };
}

/** A platform of which this version knows nothing stays in, so that its destination says so. */
function takesEvent(conversion: DueConversion, destination: Destination, settings: PlanSettings): boolean {
  const platform = settings.findPlatform(destination.platform);
  return platform?.takes.includes(conversion.conversion_name as ConversionName) ?? true;
}

const SWITCHES: Readonly<Record<ConversionName, keyof PoolMeta | null>> = {
  page_view: 'sendPageView',
  view_content: 'sendViewContent',
  initiate_checkout: 'sendInitiateCheckout',
  purchase: 'sendPurchase',
  won: null,
};

/** A pool's switches are about its events at Meta, whoever owns the destination there. */
function isSwitchedOn(conversion: DueConversion, destination: Destination, registry: Registry): boolean {
  if (destination.platform !== 'meta' || conversion.pool_id === null) return true;
  const meta = registry.pool(conversion.pool_id)?.meta;
  if (!meta) return destination.poolId === null;
  const pressed = SWITCHES[conversion.conversion_name as ConversionName];
  return pressed === null || meta[pressed] === true;
}

interface PlannedPart extends PlannedConversion {
  readonly destination: Destination;
  readonly refusal: string | null;
}

function buildDelivery(part: PlannedPart, settings: PlanSettings): PlannedDelivery {
  const { conversion, told, destination } = part;
  const { now } = settings;
  const platform = settings.findPlatform(destination.platform);
  const action = chooseAction(conversion, told.surely.has(destination.destinationId));
  const name = conversion.conversion_name as ConversionName;
  const windows = platform?.windows({ name, action }, destination.settings) ?? null;
  const timed = { occurredAt: conversion.occurred_at, clickedAt: conversion.clicked_at };
  const lapse = windows && findLapse(timed, windows, now.getTime());
  const reason =
    part.refusal ??
    (platform ? null : NO_PLATFORM) ??
    findNothingToRetract(part, action) ??
    lapse ??
    withhold(part, action);
  return {
    delivery_id: buildId(),
    workspace_id: conversion.workspace_id,
    conversion_id: conversion.conversion_id,
    destination_id: destination.destinationId,
    platform: destination.platform,
    action,
    revision: conversion.revision,
    state: reason === null ? 'due' : 'skipped',
    reason,
    next_attempt_at: now,
    deadline_at: windows ? buildDeadline(timed, windows) : now,
    settled_at: reason === null ? null : now,
  };
}

/** Last of all reasons, so that only what would be sent is given back; a platform that was told is always corrected. */
const withhold = ({ suspicion }: PlannedPart, action: ConversionAction): string | null =>
  action === 'send' ? suspicion : null;

const NO_PLATFORM = 'this version knows nothing of this platform';

/**
 * A destination that has the conversion is told its change. One that may have it is sent it again whole, under the
 * same event id: a platform that cannot correct must at least have the newer value.
 */
function chooseAction({ retracted_at }: DueConversion, isTold: boolean): ConversionAction {
  if (retracted_at !== null) return 'retract';
  return isTold ? 'restate' : 'send';
}

function findNothingToRetract({ told, destination }: PlannedPart, action: ConversionAction): string | null {
  const { destinationId } = destination;
  if (action !== 'retract' || told.surely.has(destinationId) || told.perhaps.has(destinationId)) return null;
  return 'nothing to take back: it was lost before it was sent here';
}
