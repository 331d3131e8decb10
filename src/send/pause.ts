import type { Destination } from '../settings/types.ts';
import { pauseDestination } from './destination-states.ts';
import type { LaneTools } from './lane-tools.ts';

/** Which destination is to be paused, and why. */
export interface PauseCause {
  readonly tools: LaneTools;
  readonly destination: Destination;
  readonly reason: string;
  /** When the refused attempt began. */
  readonly since: Date;
}

const PROBE_EVERY_MS = 30 * 60_000;

/** Stops sending to a destination and says so in the log; a probe goes every half hour. */
export async function pause({ tools, destination, reason, since }: PauseCause): Promise<void> {
  const { destinationId, platform } = destination;
  const nextProbeAt = new Date(tools.clock.now() + PROBE_EVERY_MS);
  await pauseDestination(tools.db, { destinationId, reason, since, nextProbeAt });
  tools.logger.warn({ destinationId, platform, reason }, 'destination paused: its owner must correct it');
}
