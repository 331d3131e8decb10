import type { ConversionAction } from '../domain/conversion.ts';

/** Why a platform without adjustments cannot be told this action; null for a plain sending. */
export function refuseChange(platform: string, action: ConversionAction): string | null {
  if (action === 'restate')
    return `cannot be changed: ${platform} has no way to correct the value of what it has`;
  if (action === 'retract') return `cannot be taken back: ${platform} has no way to withdraw what it has`;
  return null;
}
