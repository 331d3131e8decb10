import type { MatchKeys } from '../../domain/conversion.ts';
import { buildUserIdentifiers } from '../../platforms/google-ads/user-data.ts';
import { buildUserData } from '../../platforms/meta/user-data.ts';

/** The platforms whose customer lists a segment can be written for. */
export const AUDIENCE_FORMATS = ['meta', 'google'] as const;

/** A platform's form of a customer list. */
export type AudienceFormat = (typeof AUDIENCE_FORMATS)[number];

/** How a customer list of a platform is written. */
export interface AudienceShape {
  readonly header: readonly string[];
  /** Fewer people than this are of no use to the platform. */
  readonly fewest: number;
  /** One person's line, hashed by the platform's own rules; null without anything that it matches on. */
  readonly build: (match: MatchKeys) => readonly string[] | null;
}

/**
 * Meta's customer file: https://www.facebook.com/business/help/2082575038703844. `extern_id` is the `external_id` that the
 * Conversions API was told, in the same form, so that Meta knows the person from those events.
 */
const META: AudienceShape = {
  header: ['email', 'phone', 'fn', 'ln', 'ct', 'st', 'zip', 'country', 'extern_id'],
  fewest: 100,
  build: (match) => {
    const { em, ph, fn, ln, ct, st, zp, country, external_id } = buildUserData(match);
    if (!em && !ph && !external_id) return null;
    // A column holds one value: the first form is the one that Meta's own libraries make.
    return [em, ph, fn, ln, ct, st, zp, country, external_id].map((hashes) => hashes?.[0] ?? '');
  },
};

/** Google's Customer Match file: https://support.google.com/google-ads/answer/7659867. Country and postal code go in clear. */
const GOOGLE: AudienceShape = {
  header: ['Email', 'Phone', 'First Name', 'Last Name', 'Country', 'Zip'],
  fewest: 100,
  build: (match) => {
    const known: Readonly<Record<string, unknown>> = Object.assign({}, ...buildUserIdentifiers(match));
    const { emailAddress, phoneNumber, address } = known;
    if (emailAddress === undefined && phoneNumber === undefined && address === undefined) return null;
    const place: Readonly<Record<string, unknown>> = { ...(isObject(address) ? address : {}) };
    const { givenName, familyName, regionCode, postalCode } = place;
    return [emailAddress, phoneNumber, givenName, familyName, regionCode, postalCode].map(readText);
  },
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const readText = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The customer lists that can be written. */
export const AUDIENCE_SHAPES: Readonly<Record<AudienceFormat, AudienceShape>> = {
  meta: META,
  google: GOOGLE,
};
