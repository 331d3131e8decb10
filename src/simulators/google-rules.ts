import { asObject, asObjects } from './vendor-simulator.ts';

const SHA256 = /^[0-9a-f]{64}$/;
const CLICK_IDS = ['gclid', 'gbraid', 'wbraid'];

/** The reason for which the Data Manager refuses an event at once; null if it takes it for processing. */
export function findEventProblem(event: Readonly<Record<string, unknown>>, now: number): string | null {
  const at = Date.parse(String(event.eventTimestamp));
  if (Number.isNaN(at)) return 'REQUIRED_FIELD_MISSING';
  if (at > now + 60_000) return 'EVENT_TIME_INVALID';
  const ids = CLICK_IDS.filter((name) => name in asObject(event.adIdentifiers));
  const people = asObjects(asObject(event.userData).userIdentifiers);
  if (ids.length > 1) return 'INVALID_ARGUMENT';
  if (ids.length === 0 && people.length === 0) return 'NO_IDENTIFIERS_PROVIDED';
  if (people.length > 10) return 'TOO_MANY_USER_IDENTIFIERS';
  const hashes = people.flatMap((one) =>
    [one.emailAddress, one.phoneNumber].filter((it) => it !== undefined),
  );
  if (!hashes.every((hash) => SHA256.test(String(hash)))) return 'INVALID_HEX_ENCODING';
  const hasValue = event.conversionValue !== undefined;
  return hasValue && !/^[A-Z]{3}$/.test(String(event.currency)) ? 'INVALID_CURRENCY_CODE' : null;
}
