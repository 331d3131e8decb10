import { z } from 'zod';
import type { DestinationHealth } from '../reports/destination-health.ts';
import { optionalTimeField } from './fields.ts';

/** Fields that tell how a destination has answered lately. */
export const healthFields = {
  is_paused: z
    .boolean()
    .describe('Its credentials or settings were refused; what is due waits until they are changed.'),
  paused_at: optionalTimeField,
  pause_reason: z.string().nullable().describe('The platform’s own words.'),
  last_success_at: optionalTimeField,
  last_failure_at: optionalTimeField,
  last_failure: z.string().nullable(),
};

/** Writes a destination's health; one that was never sent to is well. */
export function buildHealth(health: DestinationHealth | undefined) {
  return {
    is_paused: health?.paused_at != null,
    paused_at: health?.paused_at?.toISOString() ?? null,
    pause_reason: health?.pause_reason ?? null,
    last_success_at: health?.last_success_at?.toISOString() ?? null,
    last_failure_at: health?.last_failure_at?.toISOString() ?? null,
    last_failure: health?.last_failure ?? null,
  };
}
