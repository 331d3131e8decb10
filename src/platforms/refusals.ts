import type { Conversion } from '../domain/conversion.ts';
import { isCurrency } from './fields.ts';

/** How far ahead of us another machine's clock may be before we call its time wrong. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** Why no platform is told of a conversion, whatever the platform; null if nothing speaks against it. */
export function findCommonRefusal(conversion: Conversion, now: number): string | null {
  if (conversion.consent !== 'granted') return 'consent: the person has not agreed to ads';
  if (conversion.occurredAt.getTime() - now > CLOCK_TOLERANCE_MS) {
    return 'its time is in the future: check the clock of the machine';
  }
  if (conversion.value && !isCurrency(conversion.value.currency)) {
    return 'wrong currency: it must be three capital letters of ISO 4217';
  }
  return null;
}
