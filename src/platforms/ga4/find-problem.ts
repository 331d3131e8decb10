import type { PlatformEvent } from '../platform.ts';

const MAX_PARAMETERS = 25;
const MAX_NAME = 40;
const MAX_VALUE = 100;
const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;

/**
 * What Google Analytics would drop an event for, in words; null if nothing. Its live endpoint answers 2xx whatever it
 * is sent, so its rules are kept here. https://developers.google.com/analytics/devguides/collection/protocol/ga4/sending-events
 */
export function findProblem(params: PlatformEvent): string | null {
  const entries = Object.entries(params);
  if (entries.length > MAX_PARAMETERS) return `more than ${MAX_PARAMETERS} parameters`;
  for (const [name, value] of entries) {
    if (name.length > MAX_NAME || !NAME.test(name)) return `the parameter name ${name} is not allowed`;
    if (typeof value === 'string' && value.length > MAX_VALUE) {
      return `the parameter ${name} is longer than ${MAX_VALUE} characters`;
    }
  }
  return null;
}

/** A text cut to what a parameter may hold. */
export const cutValue = (text: string): string => [...text].slice(0, MAX_VALUE).join('');
